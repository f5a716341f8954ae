using System.Buffers.Binary;
using Quern.Execution.Runs;

namespace Quern.Execution.Control;

/// <summary>
/// Messages of the socket between worker and proxy: length of what follows (4), kind (1), content. Worker to proxy: Launch, Grant, Recall, Finish, Kill,
/// KillItem, Suspend, Resume, Resize, Welcome, Packaged (a Grant of items with packages of their own). Proxy to worker: Journal (it grew) and, when it knocks, Hello.
/// </summary>
internal enum FrameKind : byte { Launch = 1, Grant = 2, Recall = 3, Finish = 4, Kill = 5, KillItem = 6, Welcome = 7, Suspend = 8, Resume = 9, Resize = 10, Packaged = 11, Journal = 16, Hello = 17 }

/// <summary>What a proxy says when it knocks.</summary>
internal sealed record Hello(RunKey Key, byte[] Secret, IReadOnlyList<ItemLease> Held);

internal static class Frames
{
    internal const int HeaderLength = 5;

    /// <summary>The worker may send this much in one frame; it splits grants so that it never needs to.</summary>
    internal const int MaxToProxy = LaunchCodec.MaxLength + 1;

    /// <summary>A proxy may send this much in one frame; more ends the run.</summary>
    internal const int MaxToWorker = 1024 * 1024;

    internal static int Begin(WireWriter writer, FrameKind kind)
    {
        var start = writer.Length;
        writer.Reserve(4);
        writer.Byte((byte)kind);
        return start;
    }

    internal static void Finish(WireWriter writer, int start) =>
        BinaryPrimitives.WriteInt32LittleEndian(writer.At(start, 4), writer.Length - start - 4);

    /// <summary>The frame of a launch.</summary>
    /// <param name="problem">Why it cannot be sent, one sentence; null when it can.</param>
    internal static WireWriter OfLaunch(LaunchEnvelope envelope, out string? problem)
    {
        var frame = new WireWriter();
        var begin = Begin(frame, FrameKind.Launch);
        LaunchCodec.Write(frame, envelope);
        Finish(frame, begin);
        problem = frame.Length > LaunchCodec.MaxLength ? $"the launch has {frame.Length} bytes (at most {LaunchCodec.MaxLength}): shorten the command or the environment" : null;
        return frame;
    }

    internal static void WriteOrder(WireWriter writer, RunOrder order)
    {
        switch (order)
        {
            case GrantItems grant:
                WriteGrant(writer, grant.Items);

                break;
            case RecallItems recall:
                foreach (var part in recall.Items.Chunk(100_000))
                {
                    WriteRecall(writer, part);
                }

                break;
            case FinishRun finish:
                var finishStart = Begin(writer, FrameKind.Finish);
                if (finish.Next != FinishRun.Complete)
                {
                    writer.ShortText(finish.Next);
                }

                Finish(writer, finishStart);
                break;
            case SuspendRun:
                Finish(writer, Begin(writer, FrameKind.Suspend));
                break;
            case ResumeRun:
                Finish(writer, Begin(writer, FrameKind.Resume));
                break;
            case ResizeRun resize:
                var resizeStart = Begin(writer, FrameKind.Resize);
                writer.Int(resize.Slots);
                writer.Text(resize.Allocations);
                Finish(writer, resizeStart);
                break;
            case KillRun kill:
                var killStart = Begin(writer, FrameKind.Kill);
                writer.Bool(kill.WorkerStopping);
                writer.ShortText(kill.Reason);
                Finish(writer, killStart);
                break;
            case KillItem kill:
                var itemStart = Begin(writer, FrameKind.KillItem);
                writer.Int(kill.Item);
                writer.Int(kill.Attempt);
                writer.ShortText(kill.Reason);
                Finish(writer, itemStart);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Null for a kind that is no order or a form that does not fit.</summary>
    internal static RunOrder? ReadOrder(FrameKind kind, ReadOnlySpan<byte> content)
    {
        var reader = new WireReader(content);
        RunOrder? order = kind switch
        {
            FrameKind.Grant => new GrantItems(LaunchCodec.ReadItems(ref reader)),
            FrameKind.Recall => new RecallItems(ReadRecall(ref reader)),
            FrameKind.Packaged => new GrantItems(LaunchCodec.ReadPackaged(ref reader)),
            FrameKind.Finish => new FinishRun(reader.Left > 0 ? reader.Text() : FinishRun.Complete),
            FrameKind.Suspend => new SuspendRun(),
            FrameKind.Resume => new ResumeRun(),
            FrameKind.Resize => new ResizeRun(reader.Int(), reader.Text()),
            FrameKind.Kill => ReadKill(ref reader),
            FrameKind.KillItem => new KillItem(reader.Int(), reader.Int(), reader.Text()),
            _ => null,
        };
        return reader.IsWhole ? order : null;
    }

    internal static void WriteHello(WireWriter writer, Hello hello)
    {
        var start = Begin(writer, FrameKind.Hello);
        LaunchCodec.WriteKey(writer, hello.Key);
        writer.Bytes(hello.Secret);
        LaunchCodec.WriteItems(writer, hello.Held);
        Finish(writer, start);
    }

    internal static Hello? ReadHello(ReadOnlySpan<byte> content)
    {
        var reader = new WireReader(content);
        var hello = new Hello(LaunchCodec.ReadKey(ref reader), reader.Bytes().ToArray(), LaunchCodec.ReadItems(ref reader));
        return reader.IsWhole ? hello : null;
    }

    private static KillRun ReadKill(ref WireReader reader)
    {
        var isStopping = reader.Bool();
        return new KillRun(reader.Text(), isStopping);
    }

    /// <summary>Items without packages as they always were, for a proxy that was started before there were others.</summary>
    private static void WriteGrant(WireWriter writer, IReadOnlyList<ItemLease> items)
    {
        // Each package may take much of what a frame holds.
        var isPackaged = items.Any(item => item.Package.Length > 0);
        foreach (var part in items.Chunk(isPackaged ? 1 : 10_000))
        {
            var start = Begin(writer, isPackaged ? FrameKind.Packaged : FrameKind.Grant);
            LaunchCodec.WriteItems(writer, part);
            if (isPackaged)
            {
                LaunchCodec.WritePackages(writer, part);
            }

            Finish(writer, start);
        }
    }

    private static void WriteRecall(WireWriter writer, (int Item, int Attempt)[] part)
    {
        var start = Begin(writer, FrameKind.Recall);
        writer.Int(part.Length);
        foreach (var (item, attempt) in part)
        {
            writer.Int(item);
            writer.Int(attempt);
        }

        Finish(writer, start);
    }

    private static (int Item, int Attempt)[] ReadRecall(ref WireReader reader)
    {
        var items = new (int Item, int Attempt)[reader.Count(8)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = (reader.Int(), reader.Int());
        }

        return items;
    }
}
