namespace Nin.MLNet.Tests.Training;

/// <summary>Acts before the first step.</summary>
internal sealed class AtStart(Action<NinTrainingContext> action) : NinCallback
{
    public override void OnTrainingStart(NinTrainingContext training) => action(training);
}
