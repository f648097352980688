namespace Nin.MLNet.Network;

/// <summary>
/// A scoring network that many threads use at once. Its owner counts as a user. When the last user has finished, it is disposed.
/// </summary>
internal sealed class SharedNetwork(InferenceNetwork network)
{
    private int users = 1;

    /// <summary>Adds one more user, who must call <see cref="Release"/> when done.</summary>
    /// <returns>False if all users have finished already.</returns>
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
