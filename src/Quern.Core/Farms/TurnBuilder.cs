using System.Text.Json;
using Quern.Core.Agendas;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Gathers what a turn changed; each thing once, in its state at the end of the turn.</summary>
internal sealed class TurnBuilder
{
    private const int NamesInOneEvent = 12;
    private readonly Dictionary<(long Job, int Sub, string Comment), ItemEvent> itemEvents = [];
    private readonly List<(Job Job, int Item)> items = [];

    public RowBatch Rows { get; } = new();
    public List<Job> Jobs { get; } = [];
    public List<Instance> Instances { get; } = [];
    public List<Worker> Workers { get; } = [];
    public List<EventRow> Events { get; } = [];
    public List<AddressedOrder> Orders { get; } = [];
    public List<OutputChunk> Output { get; } = [];
    public List<RunId> EndedRuns { get; } = [];
    public HashSet<JobId> Changed { get; } = [];
    public List<JobId> Removed { get; } = [];
    public List<JobId> ForgottenOutput { get; } = [];
    public List<WorkerId> ClosedLinks { get; } = [];
    public List<OutboxEntry> Mails { get; } = [];
    public List<CallbackPost> Posts { get; } = [];

    public void AddItem(Job job, int item)
    {
        if (job.Items!.MarkDirty(item))
        {
            items.Add((job, item));
        }
    }

    /// <summary>Items that changed alike in one turn are one line of history.</summary>
    public void AddItemEvent(Job job, int sub, int item, Caller caller, string comment, Now now, EventComponent component = EventComponent.Work)
    {
        var key = (job.Id.Value, sub, comment);
        if (!itemEvents.TryGetValue(key, out var happening))
        {
            itemEvents[key] = happening = new ItemEvent(job, caller, now, component, []);
        }

        happening.Items.Add(item);
    }

    public Turn Build(Farm farm, EventComponent history, ref long lastEvent)
    {
        Rows.RemovedJobs.AddRange(Removed.Select(id => id.Value));
        foreach (var job in Jobs)
        {
            job.IsDirty = false;
            if (!job.IsRemoved)
            {
                Rows.Jobs.Add(new JobRow(job.Id.Value, job.SpecText ??= JsonSerializer.Serialize(job.Spec, CoreJson.Default.JobSpec), StateText(job)));
            }
        }

        foreach (var instance in Instances)
        {
            instance.IsDirty = false;
            if (!instance.Job.IsRemoved)
            {
                Rows.Instances.Add(RowOf(instance));
            }
        }

        foreach (var (job, index) in items)
        {
            if (!job.IsRemoved && job.Items!.TakeDirty(index))
            {
                Rows.Items.Add(RowOf(job, index));
            }
        }

        foreach (var worker in Workers)
        {
            worker.IsDirty = false;
            if (worker.IsRemoved)
            {
                continue;
            }

            Rows.Workers.Add(new WorkerRow(worker.Id.Value, worker.Name, JsonSerializer.Serialize(worker.Told, CoreJson.Default.WorkerFacts), worker.LastContactMs));
        }

        foreach (var row in Events)
        {
            var component = EventComponents.Of(row);
            if ((component & history) != 0)
            {
                Rows.Events.Add(row with { Sequence = ++lastEvent, Component = component });
            }
        }

        foreach (var (key, happening) in itemEvents)
        {
            if ((happening.Component & history) != 0)
            {
                var caller = happening.Caller;
                Rows.Events.Add(new EventRow(++lastEvent, happening.Now.Unix, key.Job, key.Sub, Names(happening), caller.User, caller.From, key.Comment, happening.Component));
            }
        }

        return new Turn(Rows, Orders, Output, EndedRuns, [.. Changed.Where(id => farm.FindJob(id) is not null)], Removed) { ForgottenOutput = ForgottenOutput, ClosedLinks = ClosedLinks, Mails = Mails, Posts = Posts };
    }

    public static string StateText(Job job) => JsonSerializer.Serialize(
        new JobState
        {
            Hold = job.Hold, Instances = job.Instances.Length > job.Spec.Cpus ? job.Instances.Length : 0, Untouched = job.Items?.Untouched ?? ItemState.Untouched, AttemptBase = job.Items?.AttemptBase ?? 0,
            SubmittedMs = job.SubmittedMs, StartedMs = job.StartedMs, EndedMs = job.EndedMs, MeanItemMs = Math.Round(job.MeanItemMs, 3),
            Dependency = job.Dependency?.ToString() ?? "", Satisfied = job.Dependency?.Satisfied ?? 0, AutoMigrations = job.AutoMigrations, Label = job.Label, Pgrp = job.Pgrp, Order = job.Order, OutputGoneMs = job.OutputGoneMs,
            Bars = job.Bars.ToDictionary(bar => bar.Key.Value, bar => bar.Value),
            Callbacks = job.Callbacks.Count == 0 ? null : [.. job.Callbacks.Select(CallbackState.Of)],
        },
        CoreJson.Default.JobState);

    public static InstanceRow RowOf(Instance instance) => new(
        instance.Job.Id.Value, instance.Sub, (int)instance.Status, instance.Run, instance.Worker?.Id.Value ?? 0, instance.Retries,
        instance.Position, instance.OutputPosition, instance.OutputBytes, LeaseText.Write(instance), instance.Account, instance.Reason, InstanceMarks.Write(instance),
        instance.StartedMs, instance.EndedMs, (int)instance.Phase, instance.Result, instance.Allocations);

    public static ItemRow RowOf(Job job, int index)
    {
        var item = job.Items![index];

        // Who holds a leased item is in its instance's row; without that row it is pending. A retry delay ends with the supervisor.
        var isDelayed = item.State == ItemState.Blocked && job.IsDelayed(index);
        var state = isDelayed || item.State is ItemState.Leased or ItemState.Running ? ItemState.Pending : item.State;
        return new ItemRow(job.Id.Value, index, (int)state, item.Attempts, item.Retries, item.Sub, item.Worker, item.ExitCode, item.Reason ?? "", item.StartedMs, item.EndedMs,
            item.Usage.CpuMs, item.Usage.PeakMemoryKb, item.Usage.ReadKb, item.Usage.WrittenKb, item.Result ?? "");
    }

    private static string Names(ItemEvent happening)
    {
        var agenda = happening.Job.Agenda!;
        var list = happening.Items;
        if (list.Count == 1)
        {
            return agenda[list[0]].Name;
        }

        if (list.TrueForAll(index => agenda[index] is { IsFrame: true } item && item.Start == item.End))
        {
            return Agenda.Join(list.Select(index => agenda[index].Start));
        }

        var names = string.Join(",", list.Take(NamesInOneEvent).Select(index => agenda[index].Name));
        return list.Count > NamesInOneEvent ? $"{names},... ({list.Count} items)" : names;
    }

    private sealed record ItemEvent(Job Job, Caller Caller, Now Now, EventComponent Component, List<int> Items);
}
