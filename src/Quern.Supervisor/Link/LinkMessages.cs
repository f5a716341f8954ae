using System.Text.Json;
using Quern.Core;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Secrets;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Link;

/// <summary>The worker link's messages to and from the core's facts and orders. One arm a message, no decisions.</summary>
public static class LinkMessages
{
    private const int LineCharacters = 500;
    private const int MostProperties = 256;
    private const int MostTroubles = 16;

    /// <summary>Characters; with those of the job an order stays far below what a message may hold.</summary>
    private const int PackagesInOneOrder = 256 * 1024;
    private const int SecondsOfDay = 24 * 60 * 60;
    private const int MinutesOfDay = 24 * 60;

    public static WorkerFacts Facts(Wire.Hello hello) => new()
    {
        Name = hello.Name, Address = hello.Address, Version = hello.Version, Os = hello.Os, Mode = hello.Mode, ProxyMode = hello.ProxyMode,
        Account = hello.Account, Slots = hello.Slots, Cores = hello.Cores, MemoryBytes = hello.MemoryBytes, SwapBytes = hello.SwapBytes, IsDraining = hello.Draining,
        Properties = hello.Properties.Take(MostProperties).ToDictionary(pair => OneLine(pair.Key), pair => OneLine(pair.Value)),
        Cluster = ClusterPath.Parse(hello.Cluster, out _)?.Text ?? ClusterPath.Root.Text, Groups = string.Join(',', hello.Groups), Restrictions = hello.Restrictions.Trim(),
        SealingKey = SealingPublicKey.Parse(hello.SealingKey)?.ToString() ?? "",
        JobTypes = string.Join(',', hello.JobTypes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(MostProperties).Select(OneLine)),
        Resources = hello.Resources.Take(MostProperties).ToDictionary(pair => OneLine(pair.Key), pair => pair.Value),
    };

    public static WorkerVitals Vitals(Wire.Heartbeat? heartbeat) => heartbeat is null
        ? WorkerVitals.Unknown
        : new WorkerVitals(
            new LoadAverages(
                heartbeat.HasLoad ? heartbeat.Load : null, heartbeat.HasLoadFiveMinutes ? heartbeat.LoadFiveMinutes : null,
                heartbeat.HasLoadFifteenMinutes ? heartbeat.LoadFifteenMinutes : null),
            heartbeat.FreeMemoryBytes, heartbeat.FreeDiskBytes, [.. heartbeat.Troubles.Take(MostTroubles).Select(OneLine)],
            heartbeat.HasIdleMinutes ? heartbeat.IdleMinutes : null, Math.Clamp(heartbeat.UtcOffsetMinutes, -MinutesOfDay, MinutesOfDay))
        {
            FreeSwapBytes = heartbeat.FreeSwapBytes,
        };

    public static IReadOnlyList<HeldRun> Held(Wire.Hello hello) =>
        [.. hello.Held.Select(held => new HeldRun(Run(held.Key), held.JournalEnd, held.Ended, [.. held.Held.Select(lease => new ItemGrant(lease.Item, lease.Attempt))], held.Suspended))];

    public static RunReport Report(Wire.Report report)
    {
        var facts = new RunFact[report.Facts.Count];
        for (var at = 0; at < facts.Length; at++)
        {
            var fact = report.Facts[at];
            facts[at] = new RunFact(fact.Position, fact.UnixMs, Body(fact));
        }

        return new RunReport(Run(report.Key), report.From, facts);
    }

    /// <summary>Bytes of output in a message.</summary>
    public static long OutputBytes(Wire.Reports message)
    {
        long bytes = 0;
        foreach (var report in message.Reports_)
        {
            foreach (var fact in report.Facts)
            {
                bytes += fact.BodyCase == Wire.Fact.BodyOneofCase.Output ? fact.Output.Data.Length : 0;
            }
        }

        return bytes;
    }

    public static RunId Run(Wire.InstanceKey key) => new(new InstanceId(new JobId(key.Job), key.Sub), key.Run);

    /// <summary>One order, and where its items' packages are too much for one message, grants of those that come after.</summary>
    /// <param name="killGraceSeconds">Between TERM and KILL.</param>
    public static IEnumerable<Wire.Order> Orders(LinkOrder order, int killGraceSeconds)
    {
        var first = Order(order, killGraceSeconds);
        var items = first.Start?.Items ?? first.Grant?.Items;
        var rest = items is null ? [] : TakeRest(items);
        yield return first;
        while (rest.Count > 0)
        {
            var more = new Wire.Grant { Key = Key(order.Run), Items = { rest } };
            rest = TakeRest(more.Items);
            yield return new Wire.Order { Grant = more };
        }
    }

    private static List<Wire.ItemLease> TakeRest(Google.Protobuf.Collections.RepeatedField<Wire.ItemLease> items)
    {
        var (count, bytes) = (0, 0);
        while (count < items.Count && (count == 0 || bytes + items[count].Package.Length <= PackagesInOneOrder))
        {
            bytes += items[count++].Package.Length;
        }

        var rest = items.Skip(count).ToList();
        while (items.Count > count)
        {
            items.RemoveAt(items.Count - 1);
        }

        return rest;
    }

    private static Wire.Order Order(LinkOrder order, int killGraceSeconds) => order switch
    {
        StartOrder start => new Wire.Order { Start = Start(start, killGraceSeconds) },
        GrantOrder grant => new Wire.Order { Grant = new Wire.Grant { Key = Key(grant.Run), Items = { grant.Items.Select(item => Lease(grant.Job, item)) } } },
        RecallOrder recall => new Wire.Order { Recall = new Wire.Recall { Key = Key(recall.Run), Items = { recall.Items.Select(Bare) } } },
        FinishOrder finish => new Wire.Order { Stop = new Wire.Stop { Key = Key(order.Run), How = Wire.StopHow.Finish, Status = finish.Next.Word() } },
        KillOrder kill => new Wire.Order { Stop = new Wire.Stop { Key = Key(kill.Run), How = Wire.StopHow.Kill, Reason = kill.Reason } },
        SuspendOrder => new Wire.Order { Stop = new Wire.Stop { Key = Key(order.Run), How = Wire.StopHow.Suspend } },
        ResumeOrder => new Wire.Order { Stop = new Wire.Stop { Key = Key(order.Run), How = Wire.StopHow.Resume } },
        KillItemOrder kill => new Wire.Order { Stop = new Wire.Stop { Key = Key(kill.Run), How = Wire.StopHow.Item, Item = kill.Item.Item, Attempt = kill.Item.Attempt, Reason = kill.Reason } },
        AcknowledgeOrder acknowledge => new Wire.Order { Acknowledge = new Wire.Acknowledge { Key = Key(acknowledge.Run), Position = acknowledge.Position, Counted = acknowledge.Counted } },
        ResizeOrder resize => new Wire.Order { Resize = new Wire.Resize { Key = Key(order.Run), Slots = resize.Slots, Allocations = resize.Allocations } },
        ForgetOrder => new Wire.Order { Forget = new Wire.Forget { Key = Key(order.Run) } },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static FactBody Body(Wire.Fact fact) => fact.BodyCase switch
    {
        Wire.Fact.BodyOneofCase.Ready => new ReadyFact(fact.Ready.Account),
        Wire.Fact.BodyOneofCase.ItemStarted => new ItemStartedFact(fact.ItemStarted.Item, fact.ItemStarted.Attempt),
        Wire.Fact.BodyOneofCase.ItemEnded => new ItemEndedFact(
            fact.ItemEnded.Item, fact.ItemEnded.Attempt, (ItemEnd)(int)fact.ItemEnded.Cause, fact.ItemEnded.ExitCode, fact.ItemEnded.Signal, OneLine(fact.ItemEnded.Text))
        {
            Usage = new ItemUsage(Whole(fact.ItemEnded.CpuMs), Kilobytes(fact.ItemEnded.PeakMemoryBytes), Kilobytes(fact.ItemEnded.ReadBytes), Kilobytes(fact.ItemEnded.WrittenBytes)),
            Verdict = Verdict(fact.ItemEnded.Verdict), Result = Result(fact.ItemEnded.Result),
        },
        Wire.Fact.BodyOneofCase.Note => new NoteFact(fact.Note.Item, OneLine(fact.Note.Text)),
        Wire.Fact.BodyOneofCase.Output => new OutputFact(fact.Output.Item, fact.Output.Attempt, fact.Output.Stderr, fact.Output.Data.Memory),
        Wire.Fact.BodyOneofCase.Released => new ReleasedFact(fact.Released.Item, fact.Released.Attempt),
        Wire.Fact.BodyOneofCase.InstanceEnded => new RunEndedFact(
            (RunEnd)(int)fact.InstanceEnded.Cause, fact.InstanceEnded.ExitCode, fact.InstanceEnded.Signal, OneLine(fact.InstanceEnded.Text)) { Verdict = Verdict(fact.InstanceEnded.Verdict), Result = Result(fact.InstanceEnded.Result) },
        Wire.Fact.BodyOneofCase.Progress => new ProgressFact(fact.Progress.Item, fact.Progress.Attempt, double.IsFinite(fact.Progress.Share) ? fact.Progress.Share : -1, Result(fact.Progress.Result)),
        Wire.Fact.BodyOneofCase.None => throw new FormatException("a report holds a fact of a kind this supervisor does not know"),
    };

    /// <summary>One of a newer worker's is read as a failure, which is never too good.</summary>
    private static Verdict Verdict(Wire.Verdict? verdict) => verdict is null or { Kind: Wire.VerdictKind.None } ? Core.Farms.Verdict.None
        : new Verdict(Enum.IsDefined((VerdictKind)verdict.Kind) ? (VerdictKind)verdict.Kind : VerdictKind.Failed, Math.Clamp(verdict.Seconds, 0, SecondsOfDay), OneLine(verdict.Text));

    /// <summary>A bounded JSON object or nothing: it is kept and shown as it is.</summary>
    private static string Result(string json)
    {
        if (json.Length is 0 or > Wire.LinkLimits.ResultBytes)
        {
            return "";
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? json : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>Texts of workers are shown to people: one bounded line.</summary>
    private static string OneLine(string text)
    {
        var line = text.Length > LineCharacters ? text[..LineCharacters] : text;
        foreach (var character in line)
        {
            if (char.IsControl(character))
            {
                return string.Create(line.Length, line, (to, from) =>
                {
                    for (var at = 0; at < to.Length; at++)
                    {
                        to[at] = char.IsControl(from[at]) ? ' ' : from[at];
                    }
                });
            }
        }

        return line;
    }

    /// <summary>A worker's figures are shown, and trusted with nothing.</summary>
    private static int Whole(long value) => (int)Math.Clamp(value, 0, int.MaxValue);

    private static int Kilobytes(long bytes) => Whole((Math.Max(0, bytes) + 1023) / 1024);

    private static Wire.InstanceKey Key(RunId run) => new() { Job = run.Instance.Job.Value, Sub = run.Instance.Sub, Run = run.Run };

    private static Wire.ItemLease Bare(ItemGrant grant) => new() { Item = grant.Item, Attempt = grant.Attempt };

    private static Wire.ItemLease Lease(Job job, ItemGrant grant)
    {
        var item = job.Agenda![grant.Item];
        return new Wire.ItemLease
        {
            Item = grant.Item, Attempt = grant.Attempt, Name = item.Name, IsFrame = item.IsFrame, Start = item.Start, End = item.End, Step = item.Step,
            Package = job.IsOfCommands ? "" : job.ItemPackages?[grant.Item] ?? "",
        };
    }

    private static Wire.Start Start(StartOrder start, int killGraceSeconds)
    {
        var spec = start.Job.Spec;
        var wire = new Wire.Start
        {
            Key = Key(start.Run), User = spec.User, JobName = spec.Name, JobType = spec.Prototype, Command = spec.Command, Shell = spec.Shell,
            Cwd = spec.Cwd, Umask = spec.Umask, TimeLimitSeconds = spec.TimeLimitSeconds, ItemTimeLimitSeconds = spec.ItemTimeLimitSeconds,
            Padding = spec.Padding, Slots = start.Slots, Allocations = start.Allocations, Pgrp = start.Job.Pgrp, Range = spec.Range, HasAgenda = start.Job.HasAgenda,
            KillGraceSeconds = killGraceSeconds, SubmitHost = spec.SourceHost, EnvProfile = spec.EnvProfile,
        };
        wire.Env.Add(spec.Env.ToDictionary(pair => pair.Key, pair => pair.Value));
        wire.Flags.Add(spec.Flags);
        wire.Package = spec.Package.Json;
        // A command needs nothing else of the job.
        wire.Job = start.Job.IsOfCommands ? "" : JobText.Of(start.Job);
        wire.FlightChecks = FlightChecks(spec);
        wire.Items.Add(start.Items.Select(item => Lease(start.Job, item)));
        return wire;
    }

    private static Wire.FlightChecks FlightChecks(JobSpec spec)
    {
        var checks = new Wire.FlightChecks();
        checks.InstancePre.Add(Paths(spec.PreFlights));
        checks.InstancePost.Add(Paths(spec.PostFlights));
        checks.AgendaPre.Add(Paths(spec.AgendaPreFlights));
        checks.AgendaPost.Add(Paths(spec.AgendaPostFlights));
        return checks;
    }

    private static string[] Paths(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
