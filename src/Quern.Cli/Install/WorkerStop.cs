using System.ComponentModel;
using System.Diagnostics;
using Quern.Cli.Local;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Install;

/// <summary>Has a worker end what it runs, or wait for it, and waits until it has ended itself.</summary>
internal sealed class WorkerStop(StepList steps)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <param name="now">End what runs; otherwise wait for it, as long as it takes.</param>
    public Task RunAsync(StateFolder state, bool now, CancellationToken token) => steps.DoAsync(
        now ? "end what the worker runs" : "wait for what the worker runs, taking nothing new",
        Programs.Ready(state, StateFolder.WorkerRole) is not { } ready || !IsAlive(ready.Pid),
        () => StopAsync(state, now, token));

    private static async Task StopAsync(StateFolder state, bool now, CancellationToken token)
    {
        if (FarmLocation.WorkerSocket(state, null) is not { } socket || Programs.Ready(state, StateFolder.WorkerRole) is not { } ready)
        {
            return;
        }

        // Never disposed: the watcher may speak up after this has returned.
        var changed = new AsyncSignal();
        void OnChange(object sender, EventArgs what) => changed.Set();
        using var watcher = new FileSystemWatcher(state.RunFolder, StateFolder.WorkerRole + ".json");
        watcher.Deleted += OnChange;
        watcher.EnableRaisingEvents = true;
        using (var client = FarmClient.OfSocket(socket))
        {
            await client.CallWorkerAsync(HttpMethod.Post, $"{ApiRoutes.LocalWorkerStop}?how={(now ? "kill" : "drain")}", token).ConfigureAwait(false);
        }

        while (IsAlive(ready.Pid))
        {
            await changed.WaitAsync(LookAgain, token).ConfigureAwait(false);
        }
    }

    private static bool IsAlive(int pid)
    {
        if (OperatingSystem.IsLinux())
        {
            return Directory.Exists($"/proc/{pid}");
        }

        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (Exception failure) when (failure is ArgumentException or Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }
}
