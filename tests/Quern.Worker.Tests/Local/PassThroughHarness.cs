using System.Net;
using System.Net.Sockets;
using System.Text;
using Quern.Protocol.Api;
using Quern.Worker.Local;

namespace Quern.Worker.Tests.Local;

/// <summary>The worker's socket with a made-up supervisor behind it: a plain TCP listener that keeps what it hears and answers once.</summary>
internal sealed class PassThroughHarness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("quern-local-");
    private readonly TcpListener _supervisor = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly LocalListener _listener;
    private readonly Task _listening;

    public PassThroughHarness(Func<LocalDoor, LocalDoor>? door = null)
    {
        _supervisor.Start();
        var own = new LocalDoor(HostFacts.Uid(), "ann", IsDesktop: false, "node-1", uid => $"user{uid}");
        var passThrough = new PassThrough(DialAsync, TimeProvider.System);
        _listener = new LocalListener(SocketPath, (door ?? (same => same))(own), Worker, passThrough, null, new WorkerLog(TextWriter.Null, TimeProvider.System), TimeProvider.System);
        _listener.Open();
        _listening = _listener.RunAsync(_stopping.Token);
    }

    public string SocketPath => Path.Combine(_folder.FullName, "w.sock");

    public FakeLocalWorker Worker { get; } = new();

    public static string Caller => $"user{HostFacts.Uid()}";

    /// <summary>Sends bytes to the socket, ends its side if asked, and reads the whole answer.</summary>
    public async Task<string> CallAsync(string request, bool endsSide = false)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        var sending = SendAsync(socket, request, endsSide);
        var answer = await ReadAllAsync(socket);
        await sending;
        return answer;
    }

    /// <summary>What the supervisor hears of one request, until it has <paramref name="isWhole"/>; then it answers.</summary>
    public async Task<string> SuperviseAsync(Func<string, bool> isWhole, string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var socket = await _supervisor.AcceptSocketAsync(deadline.Token);
        var heard = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!isWhole(heard.ToString()))
        {
            var read = await socket.ReceiveAsync(buffer, deadline.Token);
            if (read == 0)
            {
                return heard.ToString();
            }

            heard.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        await socket.SendAsync(Encoding.Latin1.GetBytes(answer), deadline.Token);
        return heard.ToString();
    }

    /// <summary>Hears a request of any length to its end; returns its last bytes.</summary>
    public async Task<string> SwallowAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var socket = await _supervisor.AcceptSocketAsync(deadline.Token);
        var buffer = new byte[256 * 1024];
        var tail = "";
        while (await socket.ReceiveAsync(buffer, deadline.Token) is > 0 and var read)
        {
            tail += Encoding.Latin1.GetString(buffer, Math.Max(0, read - 16), Math.Min(16, read));
            tail = tail[Math.Max(0, tail.Length - 16)..];
        }

        return tail;
    }

    /// <summary>No more supervisor.</summary>
    public void StopSupervisor() => _supervisor.Stop();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _listening;
        }
        catch (OperationCanceledException)
        {
            // Told to end while it waited for a caller.
        }

        _listener.Dispose();
        _supervisor.Dispose();
        _stopping.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task SendAsync(Socket socket, string request, bool endsSide)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var bytes = Encoding.Latin1.GetBytes(request);
        for (var at = 0; at < bytes.Length;)
        {
            at += await socket.SendAsync(bytes.AsMemory(at, Math.Min(65_536, bytes.Length - at)), deadline.Token);
        }

        if (endsSide)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    private static async Task<string> ReadAllAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (await socket.ReceiveAsync(buffer, deadline.Token) is > 0 and var read)
        {
            answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    private async Task<Stream> DialAsync(CancellationToken token)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(_supervisor.LocalEndpoint, token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw new BadRequestException(502, "the supervisor cannot be reached");
        }
    }
}

internal sealed class FakeLocalWorker : ILocalWorker
{
    public List<bool> Kills { get; } = [];

    public Task<WorkerStatusReply> StatusAsync(CancellationToken token) => Task.FromResult(new WorkerStatusReply
    {
        Name = "node-1",
        Pid = 1,
        Version = "0",
        Mode = "service",
        ProxyMode = "proxy",
        Account = "quern",
        Supervisor = "farm:50001",
        Connected = true,
        WorkerId = 3,
        SlotsUsed = 0,
        SlotsTotal = 4,
        Draining = false,
        Running = [],
        Delivering = [],
    });

    public List<WorkerEnvironmentRequest> Questions { get; } = [];

    public Task<WorkerEnvironmentReply> EnvironmentAsync(WorkerEnvironmentRequest request, CancellationToken token)
    {
        Questions.Add(request);
        return Task.FromResult(new WorkerEnvironmentReply { Worker = "node-1", Account = "quern", Directory = "/", Umask = "022", Variables = [], Notes = [] });
    }

    public Task<WorkerStatusReply> StopAsync(bool kill, CancellationToken token)
    {
        Kills.Add(kill);
        return StatusAsync(token);
    }
}
