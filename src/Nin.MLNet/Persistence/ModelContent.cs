using Nin.MLNet.Network;

namespace Nin.MLNet.Persistence;

/// <summary>What a model entry holds.</summary>
/// <param name="Description">All but weights and label values.</param>
/// <param name="Network">The weights; the reader owns it.</param>
/// <param name="Classes">The label values as they were written; null where an old version keeps them in an entry of their own.</param>
internal sealed record ModelContent(ModelDescription Description, NinNetwork Network, byte[]? Classes);
