using Quern.Execution.Control;
using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>The first frame on the socket, and with it the descriptor of the run's journal. A proxy that is kept ready may wait for it for days.</summary>
internal static unsafe class LaunchReceiver
{
    private const int WholeMs = 30_000;

    /// <summary>Null with one sentence when no launch came or it cannot be read.</summary>
    /// <param name="input">Holds what came behind the launch already.</param>
    /// <param name="journal">-1 when none came.</param>
    internal static LaunchEnvelope? Receive(int socket, FrameInput input, out int journal, out string problem)
    {
        journal = -1;
        while (true)
        {
            if (input.Next(out var kind, out var content))
            {
                var envelope = kind == FrameKind.Launch && journal >= 0 ? LaunchCodec.Read(content) : null;
                problem = envelope is null ? "the proxy cannot read this launch: install worker and quern-proxy of the same version" : "";
                return envelope;
            }

            var entry = new LibC.PollEntry { Descriptor = socket, Wanted = LibC.POLLIN };
            var ready = input.IsBad ? 0 : LibC.poll(&entry, 1, journal < 0 ? -1 : WholeMs);
            if (ready <= 0)
            {
                problem = "no whole launch came from the worker: quern-proxy is started by quern-worker only";
                return null;
            }

            var room = input.Room();
            fixed (byte* start = room)
            {
                var count = Posix.ReceiveWithDescriptor(socket, start, room.Length, out var received);
                if (count <= 0)
                {
                    problem = "the worker went away before it sent the launch: the instance is given out again";
                    return null;
                }

                journal = received >= 0 ? received : journal;
                input.Added((int)count);
            }
        }
    }
}
