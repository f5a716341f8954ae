using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Quern.Client;
using Quern.Protocol.Api;
using Spectre.Console;

namespace Quern.Cli.Demo;

/// <summary>
/// <c>quern demo</c>: an animation of our own, from scene to movie, through the same doors as everybody else's jobs, on a farm that lives as long as
/// the command.
/// </summary>
internal static class DemoCommand
{
    private const int Interrupted = 130;

    /// <summary>0 when frames, movie and contact sheet are there; 1 with one line when not; 2 for a wrong option; 130 after Ctrl-C, with nothing left running.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken token)
    {
        var (options, refusal) = DemoOptions.Parse(args);
        if (options is null)
        {
            return Refuse(refusal!, 2);
        }
        if (options.Help)
        {
            Console.Out.WriteLine(DemoOptions.HelpText);
            return 0;
        }
        string output = options.Output ?? DemoMachine.DefaultOutput(TimeProvider.System.GetLocalNow());
        var plan = new DemoPlan(options, output);
        if (options.PlanOnly)
        {
            var request = new SubmitRequest { RequestId = "plan", Jobs = plan.Jobs() };
            Console.Out.WriteLine(JsonSerializer.Serialize(request, ApiJson.Default.SubmitRequest));
            return 0;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);
        try
        {
            await RenderAsync(options, plan, output, stop.Token).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            RemoveIfEmpty(output);
            Console.Error.WriteLine("quern demo: stopped; everything it started has ended");
            return Interrupted;
        }
        catch (Exception cause) when (cause is DemoException or FarmException)
        {
            RemoveIfEmpty(output);
            return Refuse(cause.Message, 1);
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task RenderAsync(DemoOptions options, DemoPlan plan, string output, CancellationToken token)
    {
        Require(DemoMachine.InstallPrograms(DemoPlan.Needs(options.Renderer), Say));
        var (account, refusal) = DemoMachine.ChooseAccount();
        Require(refusal);
        Require(DemoMachine.MakeOutput(output, account));
        token.ThrowIfCancellationRequested();
        Say(DemoMachine.IsRoot
            ? $"starting a farm: {Workers(options)} in service mode, jobs run as {account}"
            : $"starting a farm: {Workers(options)} in desktop mode, jobs run as you ({account})");
        var farm = await DemoFarm.StartAsync(options, account, token).ConfigureAwait(false);
        await using (farm.ConfigureAwait(false))
        {
            var watch = Stopwatch.StartNew();
            using var jobs = new DemoJobs(farm);
            await jobs.SubmitAsync(plan.Jobs(), token).ConfigureAwait(false);
            var ended = await jobs.FollowAsync(token).ConfigureAwait(false);
            Summarise(ended, watch.Elapsed);
        }
        Console.Out.WriteLine($"frames         {Path.Combine(output, "frames")}");
        Console.Out.WriteLine($"movie          {Path.Combine(output, DemoPlan.Movie)}");
        Console.Out.WriteLine($"contact sheet  {Path.Combine(output, DemoPlan.ContactSheet)}");
        if (options.Keep)
        {
            Console.Out.WriteLine($"the farm       {farm.StatePath}; to look at it: quern up --state {farm.StatePath} --detach, then QUERN_STATE={farm.StatePath} qbjobs --user all");
        }
    }

    private static void Summarise(IReadOnlyList<JobView> jobs, TimeSpan wall)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("job", "name", "items", "ran on, as", "wall time");
        table.Columns[2].RightAligned();
        table.Columns[4].RightAligned();
        foreach (var job in jobs)
        {
            string account = job.Subjobs is { Count: > 0 } instances ? string.Join("; ", instances.Select(instance => $"{instance.Host}, {instance.Account}").Distinct()) : "";
            table.AddRow(job.Id.ToString(), Markup.Escape(job.Name), job.Todo > 0 ? job.Todo.ToString() : "1", Markup.Escape(account),
                DemoProgress.Seconds(job.Timecomplete - job.Timestart));
        }
        table.AddRow("", "all", jobs.Sum(job => Math.Max(1, job.Todo)).ToString(), "", DemoProgress.Seconds((long)wall.TotalMilliseconds));
        AnsiConsole.Write(table);
    }

    private static string Workers(DemoOptions options) =>
        $"{options.Workers} {(options.Workers == 1 ? "worker" : "workers")} with {options.Slots} {(options.Slots == 1 ? "slot" : "slots")}{(options.Workers == 1 ? "" : " each")}";

    private static void Require(string? refusal)
    {
        if (refusal is not null)
        {
            throw new DemoException(refusal);
        }
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine($"quern demo: {line}");
        Console.Out.Flush();
    }

    private static int Refuse(string line, int code)
    {
        Console.Error.WriteLine($"quern demo: {line}");
        return code;
    }

    // A refused demo leaves no empty folder behind; one with frames in it stays.
    private static void RemoveIfEmpty(string output)
    {
        if (Directory.Exists(output) && !Directory.EnumerateFileSystemEntries(output).Any())
        {
            Directory.Delete(output);
        }
    }
}
