using Quern.Execution.Control;
using Quern.Execution.Native;

namespace Quern.Proxy;

/// <summary>The first frame on the socket.</summary>
internal static unsafe class LaunchReceiver
{
    private const int TimeoutMs = 30_000;

    /// <summary>Null with one sentence when no launch came or it cannot be read.</summary>
    /// <param name="input">Holds what came behind the launch already.</param>
    internal static LaunchEnvelope? Receive(int socket, FrameInput input, out string problem)
    {
        problem = "";
        while (true)
        {
            if (input.Next(out var kind, out var content))
            {
                var envelope = kind == FrameKind.Launch ? LaunchCodec.Read(content) : null;
                problem = envelope is null ? "the proxy cannot read this launch: install worker and quern-proxy of the same version" : "";
                return envelope;
            }

            var entry = new LibC.PollEntry { Descriptor = socket, Wanted = LibC.POLLIN };
            var ready = input.IsBad ? 0 : LibC.poll(&entry, 1, TimeoutMs);
            if (ready <= 0)
            {
                problem = "no launch came from the worker: quern-proxy is started by quern-worker only";
                return null;
            }

            var room = input.Room();
            fixed (byte* start = room)
            {
                var count = LibC.recv(socket, start, (nuint)room.Length, 0);
                if (count <= 0)
                {
                    problem = "the worker went away before it sent the launch: the instance is given out again";
                    return null;
                }

                input.Added((int)count);
            }
        }
    }
}
