using System.Text.Json;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Client;

/// <summary>
/// Where a client finds its supervisor: always a local socket, where the kernel says who calls. In order: the state that was named
/// (<c>--state</c>, <c>QUERN_STATE</c>); <c>QB_SUPERVISOR</c> or qb_supervisor of qb.conf, through this host's worker, which vouches for the
/// caller; the machine's own supervisor or worker; the person's own state.
/// </summary>
public static class FarmLocation
{
    private const string QbConf = "/etc/qb.conf";

    /// <returns>Path of the socket.</returns>
    /// <exception cref="FarmException">There is none; the text says what to set.</exception>
    public static string Find(string? state)
    {
        var named = state ?? Environment.GetEnvironmentVariable("QUERN_STATE");
        if (!string.IsNullOrEmpty(named))
        {
            var folder = StateFolder.Resolve(named);
            return Serving(folder, StateFolder.SupervisorRole) ?? AnyWorker(folder)
                ?? throw new FarmException($"no supervisor serves the state '{folder.Root}': start one with quern up --state {folder.Root}", false);
        }

        var elsewhere = Environment.GetEnvironmentVariable("QB_SUPERVISOR");
        elsewhere = string.IsNullOrEmpty(elsewhere) && File.Exists(QbConf) ? QuernSettings.Load(QbConf, []).Text("qb_supervisor") : elsewhere;
        var own = StateFolder.Resolve(null);
        if (!string.IsNullOrEmpty(elsewhere))
        {
            return AnyWorker(StateFolder.Machine()) ?? AnyWorker(own)
                ?? throw new FarmException($"the supervisor {elsewhere} is reached through a worker on this host, which vouches for you, and none runs here: join one with quern worker --join TOKEN", false);
        }

        return Serving(StateFolder.Machine(), StateFolder.SupervisorRole) ?? AnyWorker(StateFolder.Machine())
            ?? Serving(own, StateFolder.SupervisorRole) ?? AnyWorker(own)
            ?? throw new FarmException("no supervisor was found: set QUERN_STATE or QB_SUPERVISOR, or start a farm with quern up", false);
    }

    /// <summary>The socket of the worker that serves a state; null = none does.</summary>
    public static string? WorkerSocket(StateFolder folder, string? name) => Serving(folder, StateFolder.WorkerRoleOf(name));

    private static string? AnyWorker(StateFolder folder)
    {
        if (Serving(folder, StateFolder.WorkerRole) is { } socket)
        {
            return socket;
        }

        if (!Directory.Exists(folder.RunFolder))
        {
            return null;
        }

        return Directory.GetFiles(folder.RunFolder, "worker-*.json").Select(path => Serving(folder, Path.GetFileNameWithoutExtension(path))).FirstOrDefault(found => found is not null);
    }

    private static string? Serving(StateFolder folder, string role)
    {
        try
        {
            var path = folder.ReadyPath(role);
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ApiJson.Default.ReadyFile)?.Socket : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
