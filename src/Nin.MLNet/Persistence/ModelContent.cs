using Nin.MLNet.Network;

namespace Nin.MLNet.Persistence;

/// <summary>What a model entry holds.</summary>
/// <param name="Description">All except weights and label values.</param>
/// <param name="Network">The weights; the reader owns it.</param>
/// <param name="Classes">The label values as they were written; null if an old version keeps them in a separate entry.</param>
internal sealed record ModelContent(ModelDescription Description, NinNetwork Network, byte[]? Classes);
