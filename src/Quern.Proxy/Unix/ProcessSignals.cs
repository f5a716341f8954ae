using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>What is said to all processes of a run alike; who they are each system finds in its own way.</summary>
internal static class ProcessSignals
{
    /// <summary>Asks all of them to end; stopped ones are woken to hear it. Returns how many there were.</summary>
    internal static int Terminate(List<int> pids)
    {
        foreach (var pid in pids)
        {
            _ = LibC.kill(pid, LibC.SIGTERM);
            _ = LibC.kill(pid, Posix.ContinueSignal);
        }

        return pids.Count;
    }

    /// <summary>Stops all of them, and what they start meanwhile.</summary>
    /// <param name="living">Who lives now; asked until nobody new does.</param>
    internal static void Stop(Func<List<int>> living)
    {
        var stopped = new HashSet<int>();
        while (living().Where(stopped.Add).ToList() is { Count: > 0 } moving)
        {
            moving.ForEach(pid => _ = LibC.kill(pid, Posix.StopSignal));
        }
    }

    internal static void Continue(List<int> pids) => pids.ForEach(pid => _ = LibC.kill(pid, Posix.ContinueSignal));
}
