using Quern.Execution.Control;
using Quern.Execution.Journal;

namespace Quern.Execution.Runs;

/// <summary>
/// One run as the loop knows it. Not thread-safe; the loop owns it.
/// <code>
///   starting --started--> living --proxy exited--> clearing --nothing left--> ended
///      \--refused--------------------------------------------------------------^
///   found at start --knock--> living
///                  \--time up, exited--> clearing
/// </code>
/// </summary>
internal sealed class HostedRun(RunKey key, bool isDesktop, IEnumerable<ItemLease> items) : IDisposable
{
    private readonly Dictionary<(int Item, int Attempt), ItemLease> _held = items.ToDictionary(item => (item.Item, item.Attempt));
    private JournalReader? _reader;
    private JournalMark _mark = JournalMark.None;
    private long _punched;

    internal RunKey Key { get; } = key;

    internal bool IsDesktop { get; } = isDesktop;

    /// <summary>An application serves its items.</summary>
    internal bool IsServed { get; init; }

    internal RunFiles? Files { get; private set; }

    internal LaunchEnvelope? Envelope { get; set; }

    internal ProxyLink? Link { get; set; }

    internal int ProxyPid { get; set; }

    /// <summary>With the pid it names the process.</summary>
    internal long ProxyStartTicks { get; set; }

    /// <summary>Orders heard while there is no socket.</summary>
    internal List<RunOrder> Waiting { get; } = [];

    internal ITimer? Overdue { get; set; }

    internal KillRun? Kill { get; set; }

    /// <summary>The last order to stand still or to go on.</summary>
    internal bool MustSuspend { get; set; }

    /// <summary>It was made to stand still, the proxy with it.</summary>
    internal bool IsFrozen { get; set; }

    /// <summary>The proxy says that what it runs stands still.</summary>
    internal bool IsSuspended { get; private set; }

    /// <summary>What the proxy said of itself; null before.</summary>
    internal RunReady? Ready { get; private set; }

    internal bool IsIdentityChecked { get; set; }

    /// <summary>Why the run is ended: its proxy is not the account.</summary>
    internal string? Mismatch { get; set; }

    /// <summary>No process of the run is left.</summary>
    internal bool IsGone { get; set; }

    internal bool IsClearing { get; set; }

    /// <summary>The worker itself ended what was left, because the proxy could not.</summary>
    internal bool WasCleared { get; set; }

    /// <summary>What follows the last whole record is not a record.</summary>
    internal bool IsDamaged { get; private set; }

    internal RunEnded? End { get; private set; }

    /// <summary>The only record of a run for which there is no disk.</summary>
    internal JournalRecord? Only { get; private set; }

    internal (int Item, int Attempt)? RunningItem { get; private set; }

    /// <summary>Session of the last command; 0 = none yet.</summary>
    internal int Session { get; private set; }

    internal long JournalEnd { get; private set; }

    internal bool HasEnded => End is not null && IsGone;

    internal IReadOnlyList<ItemLease> Held => _held.Values.OrderBy(item => item.Item).ToList();

    internal int Left => _held.Count + (RunningItem is null ? 0 : 1);

    internal void Attach(RunFiles files)
    {
        Files = files;
        _reader = new JournalReader(files.Journal);
        _mark = files.LoadMark();
        JournalEnd = _mark.Scanned;
        _punched = _mark.Discarded;
        RunningItem = _mark.Item >= 0 ? (_mark.Item, _mark.Attempt) : null;
        Session = _mark.Session;
    }

    internal void Grant(IEnumerable<ItemLease> items)
    {
        foreach (var item in items)
        {
            _held.TryAdd((item.Item, item.Attempt), item);
        }
    }

    internal void SetHeld(IEnumerable<ItemLease> items)
    {
        _held.Clear();
        Grant(items);
    }

    /// <summary>Takes in what the journal has more. True when it grew.</summary>
    internal bool Scan()
    {
        if (_reader is null || IsDamaged)
        {
            return false;
        }

        var before = JournalEnd;
        var records = _reader.Scan(JournalEnd, RandomAccess.GetLength(Files!.Journal), out var end, out var isDamaged);
        JournalEnd = end;
        IsDamaged = isDamaged;
        foreach (var record in records)
        {
            Apply(record.Body);
        }

        return end != before;
    }

    internal IReadOnlyList<JournalRecord> Read(long position, int maxBytes)
    {
        if (Only is not null)
        {
            return position < Only.Position ? [Only] : [];
        }

        if (_reader is null)
        {
            return [];
        }

        var records = _reader.Read(Math.Max(position, _mark.Discarded), JournalEnd, maxBytes, out var isDamaged);
        if (isDamaged)
        {
            IsDamaged = true;
            JournalEnd = records.Count > 0 ? records[^1].Position : Math.Max(position, _mark.Discarded);
        }

        return records;
    }

    /// <summary>Writes the last records in the proxy's place, after the last whole one. Only when the proxy is gone.</summary>
    internal void Append(long unixMs, IEnumerable<JournalBody> bodies)
    {
        var writer = new WireWriter();
        foreach (var body in bodies)
        {
            JournalCodec.Write(writer, unixMs, body);
            Apply(body);
        }

        // A torn or damaged tail would hide them.
        RandomAccess.SetLength(Files!.Journal, JournalEnd);
        RandomAccess.Write(Files.Journal, writer.Written, JournalEnd);
        JournalEnd += writer.Length;
        IsDamaged = false;
    }

    internal void Refuse(long unixMs, RunEnded end)
    {
        var writer = new WireWriter();
        JournalCodec.Write(writer, unixMs, end);
        Only = new JournalRecord(writer.Length, unixMs, end);
        JournalEnd = writer.Length;
        Apply(end);
        IsGone = true;
    }

    /// <summary>Gives back what lies before the position, in whole megabytes, once there is enough of it.</summary>
    internal void Discard(long position)
    {
        const long block = 1024 * 1024;
        const long enough = 8 * block;
        var to = Math.Min(position, JournalEnd);
        if (Files is null || (to / block * block) - _punched < enough)
        {
            return;
        }

        // The mark first: after a crash nobody reads where a hole may be.
        var running = RunningItem ?? (-1, 0);
        _mark = new JournalMark(to, JournalEnd, running.Item, running.Attempt, Session);
        Files.SaveMark(_mark);
        Files.Punch(_punched, to / block * block);
        _punched = to / block * block;
    }

    public void Dispose()
    {
        Overdue?.Dispose();
        Files?.Dispose();
    }

    private void Apply(JournalBody body)
    {
        switch (body)
        {
            case RunReady ready:
                Ready = ready;
                break;
            case RunItemStarted started:
                RunningItem = (started.Item, started.Attempt);
                Session = started.Pid;
                _held.Remove((started.Item, started.Attempt));
                break;
            case RunItemEnded ended:
                RunningItem = RunningItem == (ended.Item, ended.Attempt) ? null : RunningItem;
                _held.Remove((ended.Item, ended.Attempt));
                break;
            case RunItemReleased released:
                _held.Remove((released.Item, released.Attempt));
                break;
            case RunSuspended standstill:
                IsSuspended = standstill.Is;
                break;
            case RunEnded ended:
                End ??= ended;
                break;
            default:
                break;
        }
    }
}

/// <summary>The held items of a run, put in order when somebody looks: a run is asked for its state at every change, for its items once a connection.</summary>
internal sealed class HeldView(HostedRun run) : IReadOnlyList<ItemLease>
{
    private IReadOnlyList<ItemLease>? _items;

    public int Count => Items.Count;

    public ItemLease this[int index] => Items[index];

    private IReadOnlyList<ItemLease> Items => _items ??= run.Held;

    public IEnumerator<ItemLease> GetEnumerator() => Items.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
