// Nin.Book [side] [train images] [test images] [epochs]: the code of docs/nin.md, in its order. Without arguments, the book's own figures.
using System.Globalization;
using Nin.Book;

int Argument(int place, int standard) =>
    args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : standard;

// The same output in every culture.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Section73.Block();
Section73.Model();
Section73.Shapes();
Section73.Exercise();
Section73.Training(side: Argument(0, 224), trainRows: Argument(1, 60_000), testRows: Argument(2, 10_000), epochs: Argument(3, 10));
