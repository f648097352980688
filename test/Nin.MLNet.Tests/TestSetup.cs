// libtorch's arithmetic uses every core already, and its thread count belongs to the process.
[assembly: DoNotParallelize]
