namespace Nin.MLNet.Training.Callbacks;

/// <summary>How far a checkpoint's training got.</summary>
internal enum CheckpointState
{
    /// <summary>There are steps left: the next Fit resumes.</summary>
    Running,

    /// <summary>The training finished: the next Fit starts from the beginning.</summary>
    Finished,

    /// <summary>The network collapsed and recovery was given up. The best weights so far are in the file.</summary>
    Collapsed,

    /// <summary>The network collapsed before it had learnt anything: the next Fit starts from the beginning.</summary>
    Lost,
}
