using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>Between the journal's words and those of the worker link.</summary>
internal static class LinkRecords
{
    /// <summary>A line for people is a line, whatever wrote the journal.</summary>
    private const int TextLength = 4096;

    /// <summary>Far above what a journal's record holds (LinkLimits.OutputBytes), and low enough that a fact always fits into a message.</summary>
    private const int DataBytes = Wire.LinkLimits.MessageBytes / 2;

    public static RunKey Key(Wire.InstanceKey key) => new(key.Job, key.Sub, key.Run);

    public static Wire.InstanceKey Key(RunKey key) => new() { Job = key.Job, Sub = key.Sub, Run = key.Run };

    public static ItemLease Lease(Wire.ItemLease lease) =>
        new(lease.Item, lease.Attempt, lease.Name, lease.IsFrame, lease.Start, lease.End, lease.Step) { Package = lease.Package };

    public static Wire.ItemLease Lease(ItemLease lease) => new()
    {
        Item = lease.Item,
        Attempt = lease.Attempt,
        Name = lease.Name,
        IsFrame = lease.IsFrame,
        Start = lease.Start,
        End = lease.End,
        Step = lease.Step,
    };

    public static List<ItemLease> Leases(RepeatedField<Wire.ItemLease> leases)
    {
        var result = new List<ItemLease>(leases.Count);
        foreach (var lease in leases)
        {
            result.Add(Lease(lease));
        }

        return result;
    }

    public static Wire.HeldInstance Held(HeldRun run)
    {
        var held = new Wire.HeldInstance { Key = Key(run.Key), JournalEnd = run.JournalEnd, Ended = run.Ended, Suspended = run.IsSuspended };
        foreach (var lease in run.Held)
        {
            held.Held.Add(Lease(lease));
        }

        return held;
    }

    public static Wire.Fact Fact(JournalRecord record)
    {
        var fact = new Wire.Fact { Position = record.Position, UnixMs = record.UnixMs };
        switch (record.Body)
        {
            case RunReady ready:
                fact.Ready = new Wire.Ready { Account = Line(ready.Account), Uid = ready.Uid, Gid = ready.Gid, Pid = ready.Pid };
                break;
            case RunItemStarted started:
                fact.ItemStarted = new Wire.ItemStarted { Item = started.Item, Attempt = started.Attempt, Pid = started.Pid };
                break;
            case RunItemEnded ended:
                fact.ItemEnded = Ended(ended);
                break;
            case RunOutput output:
                fact.Output = Output(output);
                break;
            case RunNote note:
                fact.Note = new Wire.Note { Item = note.Item, Attempt = note.Attempt, Text = Line(note.Text) };
                break;
            case RunProgress progress:
                fact.Progress = new Wire.Progress { Item = progress.Item, Attempt = progress.Attempt, Share = progress.Share, Result = progress.Result };
                break;
            case RunSuspended standstill:
                fact.Note = new Wire.Note { Item = -1, Text = standstill.Is ? "suspended: everything it started stands still" : "resumed" };
                break;
            case RunItemReleased released:
                fact.Released = new Wire.Released { Item = released.Item, Attempt = released.Attempt };
                break;
            case RunEnded ended:
                fact.InstanceEnded = new Wire.InstanceEnded
                {
                    Cause = (Wire.InstanceCause)ended.Cause,
                    ExitCode = ended.ExitCode,
                    Signal = ended.Signal,
                    Text = Line(ended.Text),
                    Verdict = Verdict(ended.Verdict),
                    Result = ended.Result,
                };
                break;
            default:
                throw new UnreachableException($"journal record {record.Body.GetType().Name}");
        }

        return fact;
    }

    public static Wire.Heartbeat Heartbeat(WorkerVitals vitals)
    {
        var heartbeat = new Wire.Heartbeat { FreeMemoryBytes = vitals.FreeMemoryBytes, FreeSwapBytes = vitals.FreeSwapBytes, FreeDiskBytes = vitals.FreeDiskBytes, UtcOffsetMinutes = vitals.UtcOffsetMinutes };
        heartbeat.Troubles.Add(vitals.Troubles.Select(Line));
        if (vitals.Load is { } load)
        {
            (heartbeat.Load, heartbeat.LoadFiveMinutes, heartbeat.LoadFifteenMinutes) = (load.OneMinute, load.FiveMinutes, load.FifteenMinutes);
        }

        if (vitals.IdleMinutes is { } idle)
        {
            heartbeat.IdleMinutes = idle;
        }

        return heartbeat;
    }

    private static Wire.ItemEnded Ended(RunItemEnded ended) => new()
    {
        Item = ended.Item,
        Attempt = ended.Attempt,
        Cause = (Wire.EndCause)ended.Cause,
        ExitCode = ended.ExitCode,
        Signal = ended.Signal,
        Text = Line(ended.Text),
        CpuMs = ended.CpuMs,
        PeakMemoryBytes = ended.PeakMemoryBytes,
        ReadBytes = ended.ReadBytes,
        WrittenBytes = ended.WrittenBytes,
        Verdict = Verdict(ended.Verdict),
        Result = ended.Result,
    };

    private static Wire.Verdict? Verdict(in RunVerdict verdict) =>
        verdict.Kind == VerdictKind.None ? null : new Wire.Verdict { Kind = (Wire.VerdictKind)verdict.Kind, Seconds = verdict.Seconds, Text = Line(verdict.Text) };

    private static Wire.Output Output(RunOutput output)
    {
        var data = output.Data.Length <= DataBytes ? output.Data : output.Data[..DataBytes];
        return new Wire.Output
        {
            Item = output.Item,
            Attempt = output.Attempt,
            Stderr = output.IsError,
            // The record's memory belongs to this one reading of the journal and nobody writes it again.
            Data = UnsafeByteOperations.UnsafeWrap(data),
        };
    }

    private static string Line(string text) => text.Length <= TextLength ? text : text[..TextLength];
}
