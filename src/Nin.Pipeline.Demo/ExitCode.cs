namespace Nin.Pipeline.Demo;

/// <summary>How a command ended, for scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The command failed; the error stream says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>The command finished, except for files that could not be read; they are listed.</summary>
    public const int SomeUnreadable = 3;

    /// <summary>Stopped by Ctrl+C; a training keeps its best model so far.</summary>
    public const int Interrupted = 130;

    public const string Explanation =
        "0 done, 1 failed, 2 wrong command line, 3 done but some files could not be read, 130 interrupted";
}
