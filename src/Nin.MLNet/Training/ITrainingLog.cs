namespace Nin.MLNet.Training;

/// <summary>What a training reports to its host.</summary>
internal interface ITrainingLog
{
    void Info(string message);

    void Warning(string message);

    /// <summary>Reports the running epoch's progress.</summary>
    void Progress(NinTrainingContext training);

    /// <summary>Throws if the host wants the training to end.</summary>
    void CheckAlive();
}
