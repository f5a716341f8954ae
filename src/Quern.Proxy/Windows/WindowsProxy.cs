using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Principal;
using Quern.Execution.Control;
using Quern.Execution.Runs;
using Quern.Execution.Windows;

namespace Quern.Proxy.Windows;

/// <summary>
/// The proxy on Windows: <c>quern-proxy ORDERS JOURNAL GREW</c>, the numbers of three inherited handles (<see cref="WorkerPipe"/>). The worker starts it under the
/// account's token, in the run's job object, with the account's own environment and nothing else, so it is the account from its first instruction. The
/// launch is the first of the orders.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class WindowsProxy
{
    private const int LaunchMs = 30_000;

    internal static int Run(string[] arguments)
    {
        if (arguments is not [var orders, var journalFile, var grew] || !TryHandle(orders, out var ordersEnd) || !TryHandle(journalFile, out var journalEnd) || !TryHandle(grew, out var grewEnd))
        {
            Console.Error.WriteLine("quern-proxy: it is started by quern-worker only, which hands it three handles: start the worker instead");
            return 2;
        }

        using var port = new CompletionPort();
        var worker = new WorkerPipe(ordersEnd, journalEnd, grewEnd, () => port.Post((nuint)RunEvents.Line));
        var journal = new JournalSink(worker);
        var input = new FrameInput(Frames.MaxToProxy);
        if (Receive(worker, input, out var problem) is not { } envelope)
        {
            return Refuse(journal, new RunEnded(RunEndCause.Refused, 0, 0, problem));
        }

        // The worker compares it with the token that it asked for.
        journal.Append(new RunReady(WindowsIdentity.GetCurrent().Name, envelope.Account.Uid, envelope.Account.Gid, Environment.ProcessId));
        var setup = new WindowsSetup(envelope);
        if (setup.Prepare() is { } refusal)
        {
            setup.Clear();
            return Refuse(journal, refusal);
        }

        using var system = new WindowsRun(envelope, port, setup);
        return new RunServer(envelope, journal, new WorkerLine(envelope, worker, input), system).Run();
    }

    private static LaunchEnvelope? Receive(WorkerPipe worker, FrameInput input, out string problem)
    {
        while (true)
        {
            if (input.Next(out var kind, out var content))
            {
                var envelope = kind == FrameKind.Launch ? LaunchCodec.Read(content) : null;
                problem = envelope is null ? "the proxy cannot read this launch: install worker and quern-proxy of the same version" : "";
                return envelope;
            }

            if (input.IsBad || !worker.Wait(LaunchMs) || worker.Receive(input.Room()) is not (> 0 and var count))
            {
                problem = "no whole launch came from the worker: quern-proxy is started by quern-worker only";
                return null;
            }

            input.Added(count);
        }
    }

    private static int Refuse(JournalSink journal, RunEnded refusal)
    {
        journal.Append(refusal);
        return journal.Flush() ? 1 : 2;
    }

    private static bool TryHandle(string text, out nint handle) => nint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out handle) && handle > 0;
}
