namespace Nin.MLNet.Network;

/// <summary>
/// A scoring network that many threads use at once. Its owner is one of the users; when the last has finished, it is disposed.
/// </summary>
internal sealed class SharedNetwork(InferenceNetwork network)
{
    private int users = 1;

    /// <summary>Counts one more user, who ends with <see cref="Release"/>.</summary>
    /// <returns>False where all have finished already.</returns>
    public bool TryUse(out InferenceNetwork used)
    {
        used = network;
        for (var seen = Volatile.Read(ref users); seen > 0;)
        {
            var found = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (found == seen)
                return true;
            seen = found;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
            network.Dispose();
    }
}
