using System.Runtime.InteropServices;
using Quern.Core.Jobs;

namespace Quern.Core.Triggers;

/// <summary>Somebody who waits for an event: a job by its dependency, or a callback by its trigger.</summary>
/// <param name="Index">Of the term or the event in it.</param>
internal readonly record struct Listener(string Name, Job? Dependent, Callback? Callback, int Index);

/// <summary>
/// Who waits for events of one job, by what they are about, so that an event costs as much as it has listeners. A job nobody listens to has none of these.
/// </summary>
internal sealed class JobListeners
{
    private readonly List<Listener> ofJob = [];
    private readonly List<Listener> ofAnyInstance = [];
    private readonly List<Listener> ofAnyItem = [];
    private readonly Dictionary<int, List<Listener>> ofInstance = [];
    private readonly Dictionary<int, List<Listener>> ofItem = [];
    private readonly List<(string Host, Listener Listener)> ofHost = [];

    public bool IsEmpty => ofJob.Count + ofAnyInstance.Count + ofAnyItem.Count + ofInstance.Count + ofItem.Count + ofHost.Count == 0;

    public bool HearsItems => ofAnyItem.Count + ofItem.Count > 0;

    public bool HearsInstances => ofAnyInstance.Count + ofInstance.Count + ofHost.Count > 0;

    public ReadOnlySpan<Listener> OfJob => CollectionsMarshal.AsSpan(ofJob);
    public ReadOnlySpan<Listener> OfAnyInstance => CollectionsMarshal.AsSpan(ofAnyInstance);
    public ReadOnlySpan<Listener> OfAnyItem => CollectionsMarshal.AsSpan(ofAnyItem);
    public IReadOnlyList<(string Host, Listener Listener)> OfHost => ofHost;

    /// <summary>Items that somebody waits for by name.</summary>
    public IEnumerable<int> NamedItems => ofItem.Keys;

    public ReadOnlySpan<Listener> OfInstance(int sub) => ofInstance.TryGetValue(sub, out var list) ? CollectionsMarshal.AsSpan(list) : default;

    public ReadOnlySpan<Listener> OfItem(int index) => ofItem.TryGetValue(index, out var list) ? CollectionsMarshal.AsSpan(list) : default;

    public void AddJob(Listener listener) => ofJob.Add(listener);

    public void AddInstance(int? sub, Listener listener) => ListOf(ofInstance, ofAnyInstance, sub).Add(listener);

    public void AddItem(int? index, Listener listener) => ListOf(ofItem, ofAnyItem, index).Add(listener);

    public void AddHost(string host, Listener listener) => ofHost.Add((host, listener));

    /// <summary>Whoever it was listens no more. Costs as much as the job has listeners.</summary>
    public void Remove(Job? dependent, Callback? callback)
    {
        bool IsTheirs(Listener listener) => (dependent is not null && listener.Dependent == dependent) || (callback is not null && listener.Callback == callback);
        ofJob.RemoveAll(IsTheirs);
        ofAnyInstance.RemoveAll(IsTheirs);
        ofAnyItem.RemoveAll(IsTheirs);
        ofHost.RemoveAll(entry => IsTheirs(entry.Listener));
        foreach (var lists in new[] { ofInstance, ofItem })
        {
            foreach (var (key, list) in lists.ToList())
            {
                list.RemoveAll(IsTheirs);
                if (list.Count == 0)
                {
                    lists.Remove(key);
                }
            }
        }
    }

    /// <summary>Every job that depends on this one.</summary>
    public IEnumerable<Job> Dependents
        => ofJob.Concat(ofAnyInstance).Concat(ofAnyItem).Concat(ofInstance.Values.SelectMany(list => list)).Concat(ofItem.Values.SelectMany(list => list))
            .Select(listener => listener.Dependent).OfType<Job>().Distinct();

    private static List<Listener> ListOf(Dictionary<int, List<Listener>> named, List<Listener> any, int? key)
    {
        if (key is not { } one)
        {
            return any;
        }

        if (!named.TryGetValue(one, out var list))
        {
            named[one] = list = [];
        }

        return list;
    }
}
