using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Execution.Journal;

/// <summary>
/// One record of a run's journal: length of what follows the check (4), CRC-32C of that (4), type (1), Unix milliseconds (8), body. The writer appends
/// whole records with one write; a record that is not all there yet is a torn tail, one whose check fails is damage.
/// </summary>
internal static class JournalCodec
{
    internal const int MaxOutput = 64 * 1024;
    internal const int HeaderLength = 8;
    internal const int FixedLength = 9;

    /// <summary>Longest content after length and check.</summary>
    internal const int MaxContent = MaxOutput + 64;

    internal enum Kind : byte { Ready = 1, ItemStarted = 2, ItemEnded = 3, Output = 4, ItemReleased = 5, Ended = 6, Note = 7, Suspended = 8, Progress = 9 }

    /// <summary>Appends one record. Output longer than <see cref="MaxOutput"/> is a bug of the caller.</summary>
    internal static void Write(WireWriter writer, long unixMs, JournalBody body)
    {
        var start = Begin(writer, unixMs, KindOf(body));
        switch (body)
        {
            case RunReady ready:
                writer.ShortText(ready.Account);
                writer.UInt(ready.Uid);
                writer.UInt(ready.Gid);
                writer.Int(ready.Pid);
                break;
            case RunItemStarted started:
                Item(writer, started.Item, started.Attempt);
                writer.Int(started.Pid);
                break;
            case RunItemEnded ended:
                Item(writer, ended.Item, ended.Attempt);
                writer.Byte((byte)ended.Cause);
                writer.Int(ended.ExitCode);
                writer.Int(ended.Signal);
                writer.ShortText(ended.Text);
                writer.Long(ended.CpuMs);
                writer.Long(ended.PeakMemoryBytes);
                writer.Long(ended.ReadBytes);
                writer.Long(ended.WrittenBytes);
                Beyond(writer, ended.Verdict, ended.Result);
                break;
            case RunOutput output:
                WriteOutput(writer, output.Item, output.Attempt, output.IsError, output.Data.Span);
                break;
            case RunNote note:
                Item(writer, note.Item, note.Attempt);
                writer.ShortText(note.Text);
                break;
            case RunProgress progress:
                Item(writer, progress.Item, progress.Attempt);
                writer.Long(BitConverter.DoubleToInt64Bits(progress.Share));
                writer.Text(progress.Result);
                break;
            case RunSuspended standstill:
                writer.Bool(standstill.Is);
                break;
            case RunItemReleased released:
                Item(writer, released.Item, released.Attempt);
                break;
            case RunEnded ended:
                writer.Byte((byte)ended.Cause);
                writer.Int(ended.ExitCode);
                writer.Int(ended.Signal);
                writer.ShortText(ended.Text);
                Beyond(writer, ended.Verdict, ended.Result);
                break;
            default:
                throw new UnreachableException();
        }

        Finish(writer, start);
    }

    /// <summary>Appends output without making an object of it.</summary>
    internal static void WriteOutput(WireWriter writer, long unixMs, int item, int attempt, bool isError, ReadOnlySpan<byte> data)
    {
        var start = Begin(writer, unixMs, Kind.Output);
        WriteOutput(writer, item, attempt, isError, data);
        Finish(writer, start);
    }

    /// <summary>Content length that a header announces; -1 when no writer makes such a record.</summary>
    internal static int ContentLength(ReadOnlySpan<byte> header)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return length is >= FixedLength and <= MaxContent ? length : -1;
    }

    /// <summary>The record of a whole header and content; null when the check or the form is wrong.</summary>
    internal static JournalRecord? Decode(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content, long positionAfter)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != Check(content))
        {
            return null;
        }

        var reader = new WireReader(content);
        var kind = (Kind)reader.Byte();
        var unixMs = reader.Long();
        var body = Body(ref reader, kind);
        return body is not null && reader.IsWhole ? new JournalRecord(positionAfter, unixMs, body) : null;
    }

    private static JournalBody? Body(ref WireReader reader, Kind kind) => kind switch
    {
        Kind.Ready => new RunReady(reader.Text(), reader.UInt(), reader.UInt(), reader.Int()),
        Kind.ItemStarted => new RunItemStarted(reader.Int(), reader.Int(), reader.Int()),
        Kind.ItemEnded => new RunItemEnded(reader.Int(), reader.Int(), ItemCause(ref reader), reader.Int(), reader.Int(), reader.Text(), reader.Long(), reader.Long(), reader.Long(), reader.Long()) { Verdict = Verdict(ref reader), Result = Result(ref reader) },
        Kind.Output => new RunOutput(reader.Int(), reader.Int(), reader.Bool(), reader.Bytes().ToArray()),
        Kind.ItemReleased => new RunItemReleased(reader.Int(), reader.Int()),
        Kind.Note => new RunNote(reader.Int(), reader.Int(), reader.Text()),
        Kind.Progress => new RunProgress(reader.Int(), reader.Int(), BitConverter.Int64BitsToDouble(reader.Long()), reader.Text()),
        Kind.Suspended => new RunSuspended(reader.Bool()),
        Kind.Ended => new RunEnded(RunCause(ref reader), reader.Int(), reader.Int(), reader.Text()) { Verdict = Verdict(ref reader), Result = Result(ref reader) },
        _ => null,
    };

    private static ItemEndCause ItemCause(ref WireReader reader)
    {
        var value = reader.Byte();
        if (value > (byte)ItemEndCause.Lost)
        {
            reader.Take(-1);
        }

        return (ItemEndCause)value;
    }

    /// <summary>Nothing is written of an end of which there is nothing to say, as in journals of before there were verdicts.</summary>
    private static void Beyond(WireWriter writer, in RunVerdict verdict, string result)
    {
        if (verdict.Kind == VerdictKind.None && result.Length == 0)
        {
            return;
        }

        writer.Byte((byte)verdict.Kind);
        writer.Int(verdict.Seconds);
        writer.ShortText(verdict.Text);
        writer.Text(result);
    }

    private static string Result(ref WireReader reader) => reader.Left == 0 ? "" : reader.Text();

    private static RunVerdict Verdict(ref WireReader reader)
    {
        if (reader.Left == 0)
        {
            return RunVerdict.None;
        }

        var kind = reader.Byte();
        if (kind > (byte)VerdictKind.LicenceRefused)
        {
            reader.Take(-1);
        }

        return new RunVerdict((VerdictKind)kind, reader.Int(), reader.Text());
    }

    private static RunEndCause RunCause(ref WireReader reader)
    {
        var value = reader.Byte();
        if (value > (byte)RunEndCause.WrongPassword)
        {
            reader.Take(-1);
        }

        return (RunEndCause)value;
    }

    private static Kind KindOf(JournalBody body) => body switch
    {
        RunReady => Kind.Ready,
        RunItemStarted => Kind.ItemStarted,
        RunItemEnded => Kind.ItemEnded,
        RunOutput => Kind.Output,
        RunItemReleased => Kind.ItemReleased,
        RunNote => Kind.Note,
        RunProgress => Kind.Progress,
        RunSuspended => Kind.Suspended,
        RunEnded => Kind.Ended,
        _ => throw new UnreachableException(),
    };

    private static int Begin(WireWriter writer, long unixMs, Kind kind)
    {
        var start = writer.Length;
        writer.Reserve(HeaderLength);
        writer.Byte((byte)kind);
        writer.Long(unixMs);
        return start;
    }

    private static void WriteOutput(WireWriter writer, int item, int attempt, bool isError, ReadOnlySpan<byte> data)
    {
        Item(writer, item, attempt);
        writer.Bool(isError);
        writer.Bytes(data);
    }

    private static void Item(WireWriter writer, int item, int attempt)
    {
        writer.Int(item);
        writer.Int(attempt);
    }

    private static void Finish(WireWriter writer, int start)
    {
        var length = writer.Length - start - HeaderLength;
        BinaryPrimitives.WriteInt32LittleEndian(writer.At(start, 4), length);
        BinaryPrimitives.WriteUInt32LittleEndian(writer.At(start + 4, 4), Check(writer.At(start + HeaderLength, length)));
    }

    private static uint Check(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
