using Quern.Core;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Policies;

namespace Quern.Supervisor.Policies;

/// <summary>A job as a policy sees it.</summary>
internal sealed class JobOfPolicy : PolicyJob
{
    private readonly Job? job;
    private readonly JobSpec? submitted;

    public JobOfPolicy(Job job) => this.job = job;

    /// <summary>One that is being submitted.</summary>
    public JobOfPolicy(JobSpec submitted) => this.submitted = submitted;

    /// <summary>One that would become that.</summary>
    public JobOfPolicy(Job job, JobSpec after) => (this.job, submitted) = (job, after);

    private JobSpec Spec => submitted ?? job!.Spec;

    public override long Id => job?.Id.Value ?? 0;
    public override long Pgrp => submitted?.Pgrp ?? job!.Pgrp;
    public override long Pid => Spec.Pid;
    public override string Name => Spec.Name;
    public override string Label => job?.Label ?? Spec.Label;
    public override string User => Spec.User;
    public override int Priority => Spec.Priority;
    public override string Cluster => Spec.Cluster;
    public override string Prototype => Spec.Prototype;
    public override string Kind => Spec.Kind;
    public override string Account => Spec.Account;
    public override int Cpus => Spec.Cpus;
    public override string Status => job?.Status.Word() ?? "submit";
    public override string Requirements => Spec.Requirements;
    public override string Reservations => Spec.Reservations;
    public override string Restrictions => Spec.Restrictions;
    public override IReadOnlyList<string> Flags => [.. Spec.Flags];
    public override IReadOnlyDictionary<string, string> Tags => Spec.Tags;
}

/// <summary>A host as a policy sees it.</summary>
internal sealed class HostOfPolicy(Worker worker) : PolicyHost
{
    public override string Name => worker.Name;
    public override string Address => worker.Facts.Address;
    public override string State => worker.State;
    public override string Cluster => worker.Facts.Cluster;
    public override string Groups => worker.Facts.Groups;
    public override string Restrictions => worker.Facts.Restrictions;
    public override int Slots => worker.Facts.Slots;
    public override int SlotsUsed => worker.SlotsUsed;
    public override int SlotsFree => worker.SlotsFree;
    public override int Instances => worker.Instances.Count(instance => instance.IsPlaced);
    public override string Value(string name) => worker.Value(name);
}
