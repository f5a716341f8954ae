using System.Net;
using System.Text.Json;
using Quern.Configuration;
using Quern.Protocol.Api;
using Quern.Worker.Link;

namespace Quern.Worker.Joining;

/// <summary>
/// Which farm a worker belongs to: the record it has; else the token it was given; else the supervisor of its own state, which needs none.
/// Also where that supervisor is now.
/// </summary>
internal sealed class Membership(StateFolder state, WorkerRecord record, WorkerLog log, TimeProvider clock)
{
    private static readonly TimeSpan SupervisorStarts = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private bool HasOwnSupervisor => Directory.Exists(state.SupervisorFolder);

    /// <exception cref="RefusalException">There is no record and no way to one.</exception>
    public async Task EnsureAsync(string? join, JoinFacts facts, CancellationToken stoppingToken)
    {
        if (record.Exists)
        {
            if (join is not null)
            {
                log.Info("this worker has joined already; the token is not used");
            }

            return;
        }

        if (join is not null)
        {
            var token = JoinToken.FromOption(join);
            log.Info($"joining the farm of {token.Supervisor} with a token");
            await Joiner.WithTokenAsync(token, facts, record, stoppingToken).ConfigureAwait(false);
            return;
        }

        if (!HasOwnSupervisor)
        {
            throw new RefusalException(
                $"this worker belongs to no farm yet and there is no supervisor in {state.Root}: make a token with 'quern worker token' where the supervisor runs, then start this with --join TOKEN (or --join @FILE)");
        }

        var socket = await OwnSocketAsync(stoppingToken).ConfigureAwait(false);
        log.Info($"joining the supervisor of this state through {socket}");
        await Joiner.WithSocketAsync(socket, facts, record, stoppingToken).ConfigureAwait(false);
    }

    /// <summary>HOST:PORT of the supervisor of this very state, while it serves; null otherwise.</summary>
    public SupervisorAddress? OwnSupervisor()
    {
        if (!HasOwnSupervisor || ReadReady() is not { Port: { } port } ready)
        {
            return null;
        }

        var host = IPAddress.TryParse(ready.Address, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? null
            : ready.Address;
        return new SupervisorAddress(string.IsNullOrEmpty(host) ? IPAddress.Loopback.ToString() : host, port);
    }

    /// <summary>Both may be started together: the supervisor writes its ready file when it serves.</summary>
    private async Task<string> OwnSocketAsync(CancellationToken stoppingToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            if (ReadReady()?.Socket is { } socket)
            {
                return socket;
            }

            if (clock.GetElapsedTime(start) > SupervisorStarts)
            {
                throw new RefusalException(
                    $"the supervisor of {state.Root} does not run, and this worker has not joined it yet: start it with 'quern supervisor --state {state.Root}'");
            }

            await Task.Delay(LookAgain, clock, stoppingToken).ConfigureAwait(false);
        }
    }

    private ReadyFile? ReadReady()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(state.ReadyPath(StateFolder.SupervisorRole)), ApiJson.Default.ReadyFile);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            // Not there (yet), or not whole: the same as no supervisor.
            return null;
        }
    }
}
