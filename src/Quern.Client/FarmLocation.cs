using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
    /// <summary>The machine's own settings; not read when a state is named.</summary>
    public static string QbConf => StateFolder.MachineSettings;

    private const int UsualPort = 50001;

    /// <param name="state">State folder; null = <c>QUERN_STATE</c>.</param>
    /// <param name="supervisor">HOST or HOST:PORT, before everything else; null = none.</param>
    /// <returns>Path of the socket.</returns>
    /// <exception cref="FarmException">There is none; the text says what to set.</exception>
    public static string Find(string? state, string? supervisor = null)
    {
        var named = state ?? Environment.GetEnvironmentVariable("QUERN_STATE");
        if (!string.IsNullOrEmpty(named) && string.IsNullOrEmpty(supervisor))
        {
            var folder = StateFolder.Resolve(named);
            return Serving(folder, StateFolder.SupervisorRole) ?? AnyWorker(folder)
                ?? throw new FarmException($"no supervisor serves the state '{folder.Root}': start one with quern up --state {folder.Root}", false);
        }

        if (Elsewhere(supervisor) is { Length: > 0 } elsewhere)
        {
            return Through(elsewhere, string.IsNullOrEmpty(named) ? [StateFolder.Machine(), StateFolder.Resolve(null)] : [StateFolder.Resolve(named)]);
        }

        var machine = StateFolder.Machine();
        var own = StateFolder.Resolve(null);
        return Serving(machine, StateFolder.SupervisorRole) ?? AnyWorker(machine)
            ?? Serving(own, StateFolder.SupervisorRole) ?? AnyWorker(own)
            ?? throw new FarmException("no supervisor was found: set QUERN_STATE or QB_SUPERVISOR, or start a farm with quern up", false);
    }

    /// <summary>The socket of the worker that serves a state; null = none does.</summary>
    public static string? WorkerSocket(StateFolder folder, string? name) => Serving(folder, StateFolder.WorkerRoleOf(name));

    private static string? Elsewhere(string? supervisor)
    {
        var named = string.IsNullOrEmpty(supervisor) ? Environment.GetEnvironmentVariable("QB_SUPERVISOR") : supervisor;
        return string.IsNullOrEmpty(named) && File.Exists(QbConf) ? QuernSettings.Load(QbConf, []).Text("qb_supervisor") : named;
    }

    /// <summary>The socket on this host that leads to a named supervisor: its own when it is here, else that of a worker of it.</summary>
    private static string Through(string supervisor, IReadOnlyList<StateFolder> states)
    {
        var wanted = Split(supervisor);
        string? other = null;
        foreach (var state in states)
        {
            if (Ready(state, StateFolder.SupervisorRole) is { Socket: { } here, Port: { } port } && port == wanted.Port && IsThisHost(wanted.Host))
            {
                return here;
            }

            foreach (var socket in Workers(state))
            {
                if (SupervisorOf(socket) is not { } served)
                {
                    continue;
                }

                if (IsSame(Split(served), wanted))
                {
                    return socket;
                }

                other = served;
            }
        }

        throw new FarmException(
            other is null
                ? $"the supervisor {supervisor} is reached through a worker on this host, which vouches for you, and none runs here: join one with quern worker --join TOKEN"
                : $"the supervisor {supervisor} is not reached from here: the worker on this host belongs to {other}; set QB_SUPERVISOR to that, or join a worker of {supervisor}",
            false);
    }

    /// <summary>HOST:PORT that a worker serves; null when it does not answer.</summary>
    private static string? SupervisorOf(string socket)
    {
        try
        {
            using var client = FarmClient.OfSocket(socket);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            var text = client.CallWorkerAsync(HttpMethod.Get, ApiRoutes.LocalWorkerStatus, limit.Token).GetAwaiter().GetResult();
            return JsonSerializer.Deserialize(text, ApiJson.Default.WorkerStatusReply)?.Supervisor;
        }
        catch (Exception exception) when (exception is FarmException or JsonException or OperationCanceledException)
        {
            return null;
        }
    }

    internal static (string Host, int Port) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon].Trim('[', ']'), port)
            : (text, UsualPort);
    }

    private static bool IsSame((string Host, int Port) a, (string Host, int Port) b)
        => a.Port == b.Port
            && (string.Equals(a.Host, b.Host, StringComparison.OrdinalIgnoreCase)
                || (IsThisHost(a.Host) && IsThisHost(b.Host))
                || Addresses(a.Host).Intersect(Addresses(b.Host)).Any());

    private static bool IsThisHost(string host)
        => string.Equals(host, Dns.GetHostName(), StringComparison.OrdinalIgnoreCase)
            || Addresses(host) is { Length: > 0 } addresses && (addresses.Any(IPAddress.IsLoopback) || addresses.Intersect(Addresses(Dns.GetHostName())).Any());

    private static IPAddress[] Addresses(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private static string? AnyWorker(StateFolder folder) => Workers(folder).FirstOrDefault();

    private static IEnumerable<string> Workers(StateFolder folder)
    {
        if (Serving(folder, StateFolder.WorkerRole) is { } socket)
        {
            yield return socket;
        }

        var named = Directory.Exists(folder.RunFolder) ? Directory.GetFiles(folder.RunFolder, "worker-*.json") : [];
        foreach (var path in named.Order(StringComparer.Ordinal))
        {
            if (Serving(folder, Path.GetFileNameWithoutExtension(path)) is { } found)
            {
                yield return found;
            }
        }
    }

    private static string? Serving(StateFolder folder, string role)
        => Ready(folder, role)?.Socket ?? (File.Exists(folder.SocketPath(role)) ? folder.SocketPath(role) : null);

    private static ReadyFile? Ready(StateFolder folder, string role)
    {
        try
        {
            var path = folder.ReadyPath(role);
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ApiJson.Default.ReadyFile) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
