using System.Globalization;
using Quern.Core.Permissions;
using Quern.Core.Resources;

namespace Quern.Core.Farms;

/// <summary>The farm as its administrators see it: modes, settings that change while it runs, resources of the whole farm.</summary>
public sealed partial class Farm
{
    private const string RejectsKey = "mode.reject_submit";
    private const string StoppedKey = "mode.stop_activity";
    private const string ResourcePrefix = "resource.";
    private readonly Dictionary<ResourceName, FarmResource> resources = [];

    /// <summary>No submission is taken (Qube's reject_submit).</summary>
    public bool RejectsSubmissions { get; private set; }

    /// <summary>Nothing is dispatched (Qube's stop_activity): what runs goes on to its end.</summary>
    public bool IsActivityStopped { get; private set; }

    /// <summary>Global and licence resources, by name.</summary>
    public IReadOnlyCollection<FarmResource> GlobalResources => [.. resources.Values.OrderBy(resource => resource.Name.ToString(), StringComparer.Ordinal)];

    public FarmResource? FindResource(ResourceName name) => resources.GetValueOrDefault(name);

    /// <summary>Sets or ends the mode; null = it stays as it is.</summary>
    public void SetModes(bool? rejectsSubmissions, bool? isActivityStopped, Caller caller, Now now)
    {
        if (rejectsSubmissions is { } rejects && rejects != RejectsSubmissions)
        {
            RejectsSubmissions = rejects;
            PutSetting(RejectsKey, rejects ? "1" : null);
            Note(EventComponent.Admin, caller, $"supervisor: reject_submit {(rejects ? "set" : "unset")}", now);
        }

        if (isActivityStopped is { } stopped && stopped != IsActivityStopped)
        {
            IsActivityStopped = stopped;
            PutSetting(StoppedKey, stopped ? "1" : null);
            Note(EventComponent.Admin, caller, $"supervisor: stop_activity {(stopped ? "set" : "unset")}", now);
            index.WakeAll();
        }
    }

    /// <summary>Settings that were read again. What they let start is looked at in this turn.</summary>
    public void Reconfigure(FarmOptions next, Caller caller, Now now)
    {
        options = next;
        RebuildIndex();
        DeclareResources();
        Note(EventComponent.Admin, caller, "supervisor: settings read again", now);
        index.WakeAll();
    }

    /// <summary>What a licence server says of a licence: how many there are and how many of them are used, the farm's own use among them.</summary>
    /// <param name="total">Null = as last reported, like <paramref name="used"/>.</param>
    /// <returns>Why not, a sentence; null = taken.</returns>
    public string? UpdateResource(ResourceName name, int? total, int? used, Caller caller, Now now)
    {
        if (FindResource(name) is not { } resource)
        {
            return $"there is no resource {name}: declare it in supervisor_global_resources, as in {name}={total ?? used ?? 1}";
        }

        if (!name.IsShared)
        {
            return $"{name} is counted by the farm alone: only license and license_host resources are used by others";
        }

        if ((total ?? resource.Reported?.Total, used ?? resource.Reported?.Used) is not ({ } all, { } taken))
        {
            return $"nothing was reported of {name} yet: give both its total and what is used of it";
        }

        if (resource.Reported != (all, taken))
        {
            resource.Reported = (all, taken);
            resource.ReportedMs = now.Unix;
            PutSetting(ResourcePrefix + name, string.Create(CultureInfo.InvariantCulture, $"{all} {taken} {now.Unix}"));
            Note(EventComponent.Admin, caller, $"resource {name}: total {all}, used {taken}", now);
            index.WakeAll();
        }

        return null;
    }

    private void LoadAdministration()
    {
        RejectsSubmissions = Setting(RejectsKey) is not null;
        IsActivityStopped = Setting(StoppedKey) is not null;
        DeclareResources();
    }

    /// <summary>What is declared no more goes once nobody holds it.</summary>
    private void DeclareResources()
    {
        foreach (var resource in resources.Values.ToList())
        {
            resource.Configured = 0;
            if (resource.Held == 0)
            {
                resources.Remove(resource.Name);
            }
        }

        foreach (var (name, total) in options.GlobalResources)
        {
            if (!resources.TryGetValue(name, out var resource))
            {
                resources[name] = resource = new FarmResource(name);
                LoadReport(resource, Setting(ResourcePrefix + name));
            }

            resource.Configured = total;
        }
    }

    private static void LoadReport(FarmResource resource, string? text)
    {
        if (text?.Split(' ') is [var total, var used, var time])
        {
            resource.Reported = (int.Parse(total, CultureInfo.InvariantCulture), int.Parse(used, CultureInfo.InvariantCulture));
            resource.ReportedMs = long.Parse(time, CultureInfo.InvariantCulture);
        }
    }
}
