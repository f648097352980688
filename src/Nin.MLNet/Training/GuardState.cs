namespace Nin.MLNet.Training;

/// <summary>What the guard has seen of a training.</summary>
/// <param name="HasLived">Whether the network has ever been clearly better than a uniform guess.</param>
/// <param name="SilentSteps">Steps in a row without a gradient at the first layer.</param>
/// <param name="RelapsedSteps">Steps in a row no better than a uniform guess, since it was better.</param>
/// <param name="SilentClassBatches">For each class, batches in a row in which its output was 0 for every image, those of the class among them.</param>
internal sealed record GuardState(bool HasLived, int SilentSteps, int RelapsedSteps, int[] SilentClassBatches);
