namespace Nin.MLNet.Training.Callbacks;

/// <summary>How far the training of a checkpoint came.</summary>
internal enum CheckpointState
{
    /// <summary>There are steps left: a Fit goes on.</summary>
    Running,

    /// <summary>It came to its end: the next Fit starts anew.</summary>
    Finished,

    /// <summary>The network collapsed and was given up. The best weights so far are in the file.</summary>
    Collapsed,
}
