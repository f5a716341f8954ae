namespace Quern.Core.Jobs;

/// <summary>What the farm knows of an item. <see cref="Leased"/>: handed to a run that has not started it; shown as pending.</summary>
public enum ItemState : byte { Untouched = 0, Pending, Leased, Running, Blocked, Complete, Failed, Killed }

/// <summary>An item that left its job's initial state. Mutable: it is copied out, changed, and set whole.</summary>
public record struct Item
{
    public ItemState State { get; set; }
    public int Attempts { get; set; }
    public int Retries { get; set; }
    public int Sub { get; set; }
    public int Worker { get; set; }
    public int ExitCode { get; set; }
    public long StartedMs { get; set; }
    public long EndedMs { get; set; }
    public string? Reason { get; set; }

    /// <summary>What came of it, a JSON object; null = nothing is known.</summary>
    public string? Result { get; set; }

    /// <summary>Of the last attempt that ended.</summary>
    public ItemUsage Usage { get; set; }

    /// <summary>Of <see cref="ItemTable"/>: it changed in this turn and is not among its rows yet.</summary>
    internal bool IsDirty { get; set; }
}

/// <summary>What an item took. Memory is that of its largest process, reading and writing is disks' alone.</summary>
public readonly record struct ItemUsage(int CpuMs, int PeakMemoryKb, int ReadKb, int WrittenKb);

/// <summary>
/// The items of one agenda, sparse: what never left the initial state costs nothing but a page pointer per 32 items, and only once anything
/// was touched. Counts are kept, never counted. Items are served lowest index first.
/// </summary>
public sealed class ItemTable(int count)
{
    private const int PageSize = 32;
    private readonly int[] counts = new int[8];
    private readonly SortedSet<int> returned = [];
    private Item[]?[]? pages;
    private int fresh;
    private int touched;

    public int Count => count;

    /// <summary>State of every item that has none of its own.</summary>
    public ItemState Untouched { get; private set; } = ItemState.Pending;

    /// <summary>Attempts that count as made for untouched items, so that attempt numbers never repeat after a reset.</summary>
    public int AttemptBase { get; private set; }

    public int CountOf(ItemState state) => counts[(int)state] + (state == Untouched ? count - touched : 0);

    public int Pending => CountOf(ItemState.Pending);

    /// <summary>Items that are not over.</summary>
    public int Active => Pending + CountOf(ItemState.Leased) + CountOf(ItemState.Running) + CountOf(ItemState.Blocked);

    public Item this[int index]
    {
        get
        {
            var page = pages?[index / PageSize];
            var item = page is null ? default : page[index % PageSize];
            return item.State == ItemState.Untouched ? new Item { State = Untouched, Attempts = AttemptBase, Sub = -1 } : item;
        }
    }

    public bool IsTouched(int index) => pages?[index / PageSize]?[index % PageSize].State is not (null or ItemState.Untouched);

    public void Set(int index, Item item)
    {
        pages ??= new Item[]?[(count + PageSize - 1) / PageSize];
        var page = pages[index / PageSize] ??= new Item[PageSize];
        ref var slot = ref page[index % PageSize];
        if (slot.State == ItemState.Untouched)
        {
            touched++;
        }
        else
        {
            counts[(int)slot.State]--;
            if (slot.State == ItemState.Pending && item.State != ItemState.Pending)
            {
                returned.Remove(index);
            }
        }

        item.IsDirty = slot.IsDirty;
        slot = item;
        counts[(int)item.State]++;
        if (item.State == ItemState.Pending)
        {
            returned.Add(index);
        }
    }

    /// <summary>A touched item is to become a row of this turn.</summary>
    /// <returns>False when that was known.</returns>
    internal bool MarkDirty(int index)
    {
        ref var slot = ref pages![index / PageSize]![index % PageSize];
        var isNews = !slot.IsDirty;
        slot.IsDirty = true;
        return isNews;
    }

    /// <summary>Its row is made. Items that were all reset together have none to make.</summary>
    /// <returns>False when there is none to make.</returns>
    internal bool TakeDirty(int index)
    {
        if (pages?[index / PageSize] is not { } page || !page[index % PageSize].IsDirty)
        {
            return false;
        }

        page[index % PageSize].IsDirty = false;
        return true;
    }

    /// <summary>The pending item that goes next; -1 when there is none. It stays pending until it is set.</summary>
    public int NextPending()
    {
        var first = Untouched == ItemState.Pending ? NextFresh() : -1;
        return returned.Count == 0 ? first : first < 0 ? returned.Min : Math.Min(first, returned.Min);
    }

    /// <summary>Changes the state of every untouched item at once.</summary>
    public void SetUntouched(ItemState state)
    {
        Untouched = state;
        fresh = 0;
    }

    /// <summary>Every item is untouched again, in <paramref name="state"/>; attempts go on from the highest made.</summary>
    public void Reset(ItemState state)
    {
        foreach (var (_, item) in Touched())
        {
            AttemptBase = Math.Max(AttemptBase, item.Attempts);
        }

        pages = null;
        touched = 0;
        Array.Clear(counts);
        returned.Clear();
        SetUntouched(state);
    }

    internal void Restore(ItemState untouched, int attemptBase) => (Untouched, AttemptBase) = (untouched, attemptBase);

    public IEnumerable<(int Index, Item Item)> Touched()
    {
        if (pages is null)
        {
            yield break;
        }

        for (var page = 0; page < pages.Length; page++)
        {
            if (pages[page] is not { } items)
            {
                continue;
            }

            for (var slot = 0; slot < items.Length; slot++)
            {
                if (items[slot].State != ItemState.Untouched)
                {
                    yield return ((page * PageSize) + slot, items[slot]);
                }
            }
        }
    }

    private int NextFresh()
    {
        while (fresh < count && IsTouched(fresh))
        {
            fresh++;
        }

        return fresh < count ? fresh : -1;
    }

    internal void CheckInvariants(string job)
    {
        var seen = new int[8];
        var total = 0;
        foreach (var (index, item) in Touched())
        {
            seen[(int)item.State]++;
            total++;
            Invariant.Holds(returned.Contains(index) == (item.State == ItemState.Pending), $"job {job}: item {index} is {item.State} and its place in the returned set disagrees");
        }

        Invariant.Holds(total == touched, $"job {job}: {touched} touched items counted, {total} found");
        for (var state = 1; state < 8; state++)
        {
            Invariant.Holds(seen[state] == counts[state], $"job {job}: {counts[state]} items counted {(ItemState)state}, {seen[state]} found");
        }
    }
}
