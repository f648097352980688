// Nin.FolderTraining FOLDER MODEL.zip: trains on colour images, one sub-folder for each class, with sub-folders of its own if you like.
using Nin.FolderTraining;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: Nin.FolderTraining FOLDER MODEL.zip");
    return 2;
}

try
{
    Console.WriteLine(FolderTraining.Run(args[0], args[1]));
    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
