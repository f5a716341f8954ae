using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Output;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Trust;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Link;

/// <summary>
/// The worker link's server end. A connection begins with Hello and ends with the stream; what a worker sends is checked here and counted by
/// the farm. A bad message ends the connection with one line in the log; nothing else is harmed.
/// </summary>
internal sealed partial class LinkService(FarmLoop loop, LinkSessions sessions, CentralSettings settings, HostAdmission admission, OutputLog output, ILogger<LinkService> logger)
    : Wire.WorkerLink.WorkerLinkBase
{
    public override async Task Connect(IAsyncStreamReader<Wire.WorkerMessage> requestStream, IServerStreamWriter<Wire.SupervisorMessage> responseStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        if (context.GetHttpContext().Features.Get<Peer>()?.Proof is not { } proof)
        {
            await RefuseAsync(responseStream, "this farm does not know the certificate: join with a token of 'quern worker token'", true).ConfigureAwait(false);
            return;
        }

        var id = new WorkerId(proof.WorkerId);
        if (!await requestStream.MoveNext(cancellation).ConfigureAwait(false))
        {
            return;
        }

        var hello = requestStream.Current.Hello;
        if (hello is null || HelloCheck.WhyNot(hello) is not null)
        {
            await FaultAsync(responseStream, id, hello is null ? "the connection did not begin with Hello: install the same Quern on both" : HelloCheck.WhyNot(hello)!).ConfigureAwait(false);
            return;
        }

        // Not for good: a section may be added.
        if (admission.WhyNot(hello.Name, context.GetHttpContext().Connection.RemoteIpAddress) is { } barred)
        {
            LogRefused(id, barred);
            await RefuseAsync(responseStream, barred, isPermanent: false).ConfigureAwait(false);
            return;
        }

        var session = new LinkSession(id);
        var fault = await loop.Ask((farm, now) => Open(farm, session, proof, hello, now), cancellation).ConfigureAwait(false);
        if (fault is not null)
        {
            await FaultAsync(responseStream, id, fault).ConfigureAwait(false);
            return;
        }

        LogConnected(id, hello.Name, hello.Mode, hello.Slots, hello.Held.Count);
        try
        {
            var central = await settings.GreetAsync(id, hello, cancellation).ConfigureAwait(false);
            var welcome = new Wire.Welcome { Protocol = Wire.LinkLimits.Version, Supervisor = Environment.MachineName, WorkerId = id.Value, HearsProgress = true, SettingsVersion = central.Version, Settings = { central.Values } };
            await responseStream.WriteAsync(new Wire.SupervisorMessage { Welcome = welcome }, cancellation).ConfigureAwait(false);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var writing = session.WriteAsync(message => responseStream.WriteAsync(message, ending.Token), ending.Token);
            var reading = ReadAsync(requestStream, session, ending.Token);
            await Task.WhenAny(writing, reading).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(writing, reading).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or RpcException or FormatException or FarmStoppedException or InvalidOperationException)
        {
            LogEnded(id, exception.Message);
        }
        finally
        {
            await CloseAsync(session).ConfigureAwait(false);
        }
    }

    /// <returns>Why the worker may not come, a sentence; null = it is connected.</returns>
    private string? Open(Farm farm, LinkSession session, WorkerProof proof, Wire.Hello hello, Now now)
    {
        if ((Membership.WhyNot(farm, proof) ?? HostLoans.WhyNot(farm, session.Worker, proof.Loan, hello)) is { } fault)
        {
            return fault;
        }

        if (farm.LinkUp(session.Worker, LinkMessages.Facts(hello), LinkMessages.Vitals(hello.Vitals), LinkMessages.Held(hello), now) is not { } connection)
        {
            return $"worker {session.Worker} was removed from this farm: delete its state folder and join again";
        }

        Membership.PinFirst(farm, proof);
        session.Connection = connection;
        sessions.Replace(session);
        return null;
    }

    private async Task ReadAsync(IAsyncStreamReader<Wire.WorkerMessage> requests, LinkSession session, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            var message = requests.Current;
            switch (message.BodyCase)
            {
                case Wire.WorkerMessage.BodyOneofCase.Reports:
                    await PassOnAsync(session, message.Reports, cancellationToken).ConfigureAwait(false);
                    break;
                case Wire.WorkerMessage.BodyOneofCase.Heartbeat:
                    var vitals = LinkMessages.Vitals(message.Heartbeat);
                    await loop.TellAsync((farm, now) => farm.Heartbeat(session.Worker, vitals, now), cancellationToken).ConfigureAwait(false);
                    break;
                case Wire.WorkerMessage.BodyOneofCase.Hello or Wire.WorkerMessage.BodyOneofCase.None:
                    throw new FormatException("a message that has no place after Hello");
            }
        }
    }

    /// <summary>What waits for the loop counts as output that waits for the disk, so that a slow disk holds back the worker and not the farm.</summary>
    private async Task PassOnAsync(LinkSession session, Wire.Reports message, CancellationToken cancellationToken)
    {
        var reports = new RunReport[message.Reports_.Count];
        for (var at = 0; at < reports.Length; at++)
        {
            reports[at] = LinkMessages.Report(message.Reports_[at]);
        }

        var bytes = LinkMessages.OutputBytes(message);
        await output.TakeRoomAsync(bytes, cancellationToken).ConfigureAwait(false);
        try
        {
            await loop.TellAsync(
                (farm, now) =>
                {
                    Count(farm, session, reports, now);
                    output.GiveRoom(bytes);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            output.GiveRoom(bytes);
            throw;
        }
    }

    private static void Count(Farm farm, LinkSession session, RunReport[] reports, Now now)
    {
        if (farm.FindWorker(session.Worker)?.Connections != session.Connection)
        {
            return;
        }

        foreach (var report in reports)
        {
            farm.Reported(session.Worker, report, now);
        }
    }

    private async Task CloseAsync(LinkSession session)
    {
        session.Close();
        try
        {
            await loop.TellAsync(
                (farm, now) =>
                {
                    if (sessions.Drop(session))
                    {
                        farm.LinkDown(session.Worker, now);
                    }
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (FarmStoppedException)
        {
            // Nobody is left to be told.
        }
    }

    private async Task FaultAsync(IServerStreamWriter<Wire.SupervisorMessage> responses, WorkerId id, string fault)
    {
        LogRefused(id, fault);
        await RefuseAsync(responses, fault, true).ConfigureAwait(false);
    }

    private static Task RefuseAsync(IServerStreamWriter<Wire.SupervisorMessage> responses, string text, bool isPermanent)
        => responses.WriteAsync(new Wire.SupervisorMessage { Refusal = new Wire.Refusal { Text = text, Permanent = isPermanent } });

    [LoggerMessage(100, LogLevel.Information, "worker {Worker} ({Name}) is connected: {Mode} mode, {Slots} slots, holds {Held} runs")]
    private partial void LogConnected(WorkerId worker, string name, string mode, int slots, int held);

    [LoggerMessage(101, LogLevel.Information, "worker {Worker} is disconnected: {Reason}")]
    private partial void LogEnded(WorkerId worker, string reason);

    [LoggerMessage(102, LogLevel.Warning, "worker {Worker} is refused: {Reason}")]
    private partial void LogRefused(WorkerId worker, string reason);
}
