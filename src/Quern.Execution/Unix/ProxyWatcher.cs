using System.Collections.Concurrent;
using System.Security.Cryptography;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Unix;

/// <summary>
/// One thread that waits for everything proxies do: a message, an exit, a knock. It only tells the loop; it decides nothing but whether a knock is from
/// who it says (kernel credentials and secret). It alone closes descriptors, so that none is closed while it waits on it.
/// </summary>
internal sealed unsafe class ProxyWatcher : IDisposable
{
    private const int MaxKnocks = 64;
    private const long KnockMs = 5000;
    private readonly HostInbox _inbox;
    private readonly Thread _thread;
    private readonly int _wakeRead;
    private readonly int _wakeWrite;
    private readonly int _listener;
    private readonly List<SocketLink> _links = [];
    private readonly List<Knocker> _knockers = [];
    private readonly ConcurrentQueue<(SocketLink Link, bool IsAdded)> _changes = new();
    private readonly ConcurrentDictionary<RunKey, Expected> _expected = new();
    private LibC.PollEntry[] _entries = new LibC.PollEntry[16];
    private volatile bool _isStopping;

    internal sealed record Expected(int Pid, byte[] Secret);

    private sealed record Knocker(int Socket, int Pid, long DeadlineMs)
    {
        internal FrameInput Input { get; } = new(Frames.MaxToWorker);
    }

    internal ProxyWatcher(HostInbox inbox, string knockPath)
    {
        _inbox = inbox;
        var ends = stackalloc int[2];
        if (!Posix.Pipe(ends))
        {
            throw new IOException($"make a pipe: {Errno.Text(Errno.Last)}");
        }

        (_wakeRead, _wakeWrite) = (ends[0], ends[1]);
        Posix.SetNonBlocking(_wakeRead);
        Posix.SetNonBlocking(_wakeWrite);
        _listener = knockPath.Length == 0 ? -1 : Listen(knockPath);
        _thread = new Thread(Loop) { IsBackground = true, Name = "proxy watcher" };
        _thread.Start();
    }

    /// <summary>From now on a knock of this run is let in when it is from this process and knows the secret.</summary>
    internal void Expect(RunKey key, int pid, byte[] secret) => _expected[key] = new Expected(pid, secret);

    internal void Add(SocketLink link) => Change(link, isAdded: true);

    /// <summary>Closes its descriptors and reaps the process.</summary>
    internal void Remove(RunKey key, SocketLink? link)
    {
        _expected.TryRemove(key, out _);
        if (link is not null)
        {
            Change(link, isAdded: false);
        }
    }

    internal void Wake()
    {
        if (_isStopping)
        {
            return;
        }

        byte one = 1;
        _ = LibC.write(_wakeWrite, &one, 1);
    }

    /// <summary>Ends the thread and closes every socket: proxies of a service worker begin to knock, those of a desktop worker end.</summary>
    public void Dispose()
    {
        if (_isStopping)
        {
            return;
        }

        _isStopping = true;
        byte one = 1;
        _ = LibC.write(_wakeWrite, &one, 1);
        _thread.Join();
        ApplyChanges();
        foreach (var link in _links)
        {
            link.CloseSocket();
        }

        foreach (var knocker in _knockers)
        {
            _ = LibC.close(knocker.Socket);
        }

        foreach (var descriptor in (ReadOnlySpan<int>)[_wakeRead, _wakeWrite, _listener])
        {
            _ = LibC.close(descriptor);
        }
    }

    private void Change(SocketLink link, bool isAdded)
    {
        _changes.Enqueue((link, isAdded));
        Wake();
    }

    private void Loop()
    {
        while (!_isStopping)
        {
            ApplyChanges();
            var count = Prepare();
            fixed (LibC.PollEntry* start = _entries)
            {
                _ = LibC.poll(start, (nuint)count, _knockers.Count > 0 ? (int)KnockMs : -1);
            }

            Handle();
        }
    }

    private void ApplyChanges()
    {
        while (_changes.TryDequeue(out var change))
        {
            if (change.IsAdded)
            {
                _links.Add(change.Link);
                continue;
            }

            _links.Remove(change.Link);
            change.Link.CloseSocket();
            change.Link.CloseProcess();
        }
    }

    /// <summary>Order of the entries: wake, listener, two for each link, one for each knocker.</summary>
    private int Prepare()
    {
        var count = 2 + (_links.Count * 2) + _knockers.Count;
        if (_entries.Length < count)
        {
            _entries = new LibC.PollEntry[count * 2];
        }

        _entries[0] = new LibC.PollEntry { Descriptor = _wakeRead, Wanted = LibC.POLLIN };
        _entries[1] = new LibC.PollEntry { Descriptor = _knockers.Count < MaxKnocks ? _listener : -1, Wanted = LibC.POLLIN };
        var next = 2;
        foreach (var link in _links)
        {
            _entries[next++] = new LibC.PollEntry { Descriptor = link.Socket, Wanted = (short)(LibC.POLLIN | (link.HasPending ? LibC.POLLOUT : 0)) };
            _entries[next++] = new LibC.PollEntry { Descriptor = link.IsExitSeen ? -1 : link.Process, Wanted = LibC.POLLIN };
        }

        foreach (var knocker in _knockers)
        {
            _entries[next++] = new LibC.PollEntry { Descriptor = knocker.Socket, Wanted = LibC.POLLIN };
        }

        return count;
    }

    private void Handle()
    {
        if (_entries[0].Ready != 0)
        {
            var bytes = stackalloc byte[256];
            while (LibC.read(_wakeRead, bytes, 256) == 256)
            {
            }
        }

        var next = 2;
        foreach (var link in _links)
        {
            var (socket, process) = (_entries[next++].Ready, _entries[next++].Ready);
            HandleLink(link, socket, process);
        }

        var now = Environment.TickCount64;
        foreach (var knocker in _knockers.ToArray())
        {
            if (_entries[next++].Ready != 0)
            {
                HandleKnock(knocker);
            }
            else if (now > knocker.DeadlineMs)
            {
                Drop(knocker);
            }
        }

        if (_entries[1].Ready != 0)
        {
            Accept();
        }
    }

    private void HandleLink(SocketLink link, short socket, short process)
    {
        if ((socket & LibC.POLLOUT) != 0)
        {
            link.Flush();
        }

        if ((socket & (LibC.POLLIN | LibC.POLLHUP | LibC.POLLERR)) != 0 && link.Socket >= 0)
        {
            if (!Receive(link.Socket, link.Input))
            {
                link.CloseSocket();
            }

            var grew = false;
            while (link.Input.Next(out var kind, out _))
            {
                grew = true;
                if (kind != FrameKind.Journal)
                {
                    _inbox.Add(new ProxyLied(link.Key));
                }
            }

            if (link.Input.IsBad)
            {
                link.CloseSocket();
                _inbox.Add(new ProxyLied(link.Key));
            }
            else if (grew)
            {
                _inbox.Add(new JournalGrew(link.Key));
            }
        }

        if (process != 0)
        {
            link.IsExitSeen = true;
            _inbox.Add(new ProxyExited(link.Key));
        }
    }

    private void Accept()
    {
        var socket = Posix.Accept(_listener);
        if (socket < 0)
        {
            return;
        }

        // Only living, expected proxies may even send; everybody else can reach the socket and gets nothing.
        if (Posix.Peer(socket) is { } peer && _expected.Values.Any(expected => expected.Pid == peer.Pid))
        {
            _knockers.Add(new Knocker(socket, peer.Pid, Environment.TickCount64 + KnockMs));
            return;
        }

        _ = LibC.close(socket);
    }

    private void HandleKnock(Knocker knocker)
    {
        var isOpen = Receive(knocker.Socket, knocker.Input);
        if (!knocker.Input.Next(out var kind, out var content))
        {
            if (!isOpen || knocker.Input.IsBad)
            {
                Drop(knocker);
            }

            return;
        }

        var hello = kind == FrameKind.Hello ? Frames.ReadHello(content) : null;
        if (hello is null || !_expected.TryGetValue(hello.Key, out var expected) || expected.Pid != knocker.Pid
            || !CryptographicOperations.FixedTimeEquals(expected.Secret, hello.Secret))
        {
            Drop(knocker);
            return;
        }

        LetIn(knocker, hello);
    }

    private void LetIn(Knocker knocker, Hello hello)
    {
        _knockers.Remove(knocker);
        var link = new SocketLink(hello.Key, knocker.Socket, knocker.Pid, Posix.ProcessDescriptor(knocker.Pid), Wake);
        if (_links.Find(link => link.Key == hello.Key) is { } old)
        {
            _links.Remove(old);
            old.CloseSocket();
            old.CloseProcess();
        }

        var welcome = new WireWriter(16);
        Frames.Finish(welcome, Frames.Begin(welcome, FrameKind.Welcome));
        link.Send(welcome.Written);
        _links.Add(link);
        _inbox.Add(new ProxyKnocked(hello.Key, link, hello.Held));
        if (link.Process < 0)
        {
            _inbox.Add(new ProxyExited(hello.Key));
        }
    }

    private void Drop(Knocker knocker)
    {
        _knockers.Remove(knocker);
        _ = LibC.close(knocker.Socket);
    }

    /// <summary>Reads what is there, one room at a time. False at the end or on an error.</summary>
    private static bool Receive(int socket, FrameInput input)
    {
        var room = input.Room();
        fixed (byte* start = room)
        {
            var count = Posix.Receive(socket, start, room.Length);
            if (count <= 0)
            {
                var error = Errno.Last;
                return count < 0 && (Posix.IsAgain(error) || error == Errno.EINTR);
            }

            input.Added((int)count);
            return true;
        }
    }

    private static int Listen(string path)
    {
        var address = stackalloc byte[128];
        var length = Posix.Address(path, new Span<byte>(address, 128));
        if (length == 0)
        {
            throw new IOException($"listen at '{path}': a socket's path may have {Posix.SocketPathBytes} bytes: choose a shorter state folder");
        }

        if (path[0] != '@')
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
            _ = LibC.unlink(path);
        }

        var socket = Posix.Socket();
        if (socket < 0 || LibC.bind(socket, address, length) != 0 || LibC.listen(socket, 128) != 0)
        {
            var error = Errno.Last;
            _ = LibC.close(socket);
            throw new IOException($"listen at '{path}': {Errno.Text(error)}: end the other worker or choose another state folder");
        }

        Posix.SetNonBlocking(socket);
        if (path[0] != '@')
        {
            File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
        }

        return socket;
    }
}
