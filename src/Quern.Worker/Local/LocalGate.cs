using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Quern.Configuration;
using Quern.Execution.Windows;

namespace Quern.Worker.Local;

/// <summary>Somebody who called at the worker's local socket. Disposing it ends the connection.</summary>
internal abstract class LocalCaller(Stream stream) : IAsyncDisposable
{
    public Stream Stream { get; } = stream;

    /// <summary>Counted against how many connections one may have, before it is known who it is.</summary>
    public abstract uint Counted { get; }

    /// <summary>By the kernel's word. To be asked when something was read.</summary>
    /// <exception cref="IOException">It cannot be had: the caller is gone.</exception>
    public abstract PeerCredentials Peer();

    /// <summary>Nothing more will be sent.</summary>
    public abstract void EndSending();

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>Where callers come in: a Unix socket; on Windows a named pipe.</summary>
internal abstract class LocalGate : IDisposable
{
    public static LocalGate At(string path) => OperatingSystem.IsWindows() ? new PipeGate(path) : new SocketGate(path);

    /// <summary>The worker's lock is held, so whatever lies there is a dead one's.</summary>
    public abstract void Open();

    public abstract Task<LocalCaller> AcceptAsync(CancellationToken token);

    public abstract void Dispose();
}

internal sealed class SocketGate(string path) : LocalGate
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public override void Open()
    {
        File.Delete(path);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, StateFolder.SocketMode);
        }

        _socket.Listen(128);
    }

    public override async Task<LocalCaller> AcceptAsync(CancellationToken token) => new SocketCaller(await _socket.AcceptAsync(token).ConfigureAwait(false));

    public override void Dispose()
    {
        _socket.Dispose();
        File.Delete(path);
    }

    private sealed class SocketCaller(Socket connection) : LocalCaller(new NetworkStream(connection, ownsSocket: true))
    {
        public override uint Counted => Peer().Uid;

        public override PeerCredentials Peer() => PeerCredentials.Of(connection);

        public override void EndSending() => connection.Shutdown(SocketShutdown.Send);
    }
}

[SupportedOSPlatform("windows")]
internal sealed class PipeGate(string path) : LocalGate
{
    private readonly LocalPipe _pipe = new(path);

    public override void Open() => _pipe.Open();

    public override async Task<LocalCaller> AcceptAsync(CancellationToken token) => new Caller(await _pipe.AcceptAsync(token).ConfigureAwait(false));

    public override void Dispose() => _pipe.Dispose();

    private sealed class Caller(NamedPipeServerStream pipe) : LocalCaller(pipe)
    {
        /// <summary>Numbers of an account are Unix's. Whoever is neither the system's nor the worker's own has one that is nobody's and lets nobody do more.</summary>
        private const uint Somebody = uint.MaxValue;

        public override uint Counted => LocalPipe.ProcessIdOf(pipe);

        public override PeerCredentials Peer()
        {
            var caller = LocalPipe.CallerOf(pipe);
            return new PeerCredentials(0, caller.IsAdministrator ? 0 : caller.IsOwn ? HostFacts.OwnAccount : Somebody, 0, caller.Account);
        }

        public override void EndSending()
        {
            // A pipe has no end of one direction; the caller counts the bytes of the answer.
        }
    }
}
