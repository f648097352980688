namespace Nin.MLNet.Training;

internal sealed class Checkpoint(string path, NinTrainer.Options options, TrainingPlan plan, long images)
{
    public bool TryRestore(TrainingState state, CollapseGuard guard) => File.Exists(path) && state is null && guard is null && options is null && plan is null && images < 0;
    public void Save(TrainingState state, CollapseGuard guard) { _ = path + state + guard; }
}
