using Microsoft.Win32.SafeHandles;
using Quern.Execution.Runs;

namespace Quern.Execution.Journal;

/// <summary>
/// Reads a journal that an untrusted process may be writing. Whole, checked records only; a torn tail is simply not there yet; damage is told once
/// and nothing after it is read. Not thread-safe. Throws <see cref="IOException"/> only when the disk itself fails.
/// </summary>
internal sealed class JournalReader(SafeFileHandle file)
{
    private const int Chunk = 128 * 1024;

    /// <summary>Holds the longest record that is not output (texts are cut at 1000 characters) many times over.</summary>
    private const int ScanChunk = 32 * 1024;
    private byte[] _buffer = new byte[Chunk];

    /// <summary>Records from <paramref name="position"/>, about <paramref name="maxBytes"/> at most but one at least, none beyond <paramref name="limit"/>.</summary>
    /// <param name="isDamaged">True when what follows the returned records is not a record.</param>
    internal List<JournalRecord> Read(long position, long limit, int maxBytes, out bool isDamaged)
    {
        var records = new List<JournalRecord>();
        var start = position;
        isDamaged = false;
        while (position < limit && (records.Count == 0 || position - start < maxBytes))
        {
            var wanted = (int)Math.Min(limit - position, Math.Max(Math.Min(maxBytes, Chunk), JournalCodec.HeaderLength + JournalCodec.MaxContent));
            var data = Fill(position, wanted);
            var used = Take(data, position, start, maxBytes, records, out isDamaged);
            if (used == 0 || isDamaged)
            {
                break;
            }

            position += used;
        }

        return records;
    }

    /// <summary>
    /// The records from <paramref name="position"/> that are not output, with little reading: output is stepped over by its length and checked
    /// when somebody reads it. <paramref name="end"/> is the position after the last whole record.
    /// </summary>
    internal List<JournalRecord> Scan(long position, long fileLength, out long end, out bool isDamaged)
    {
        var records = new List<JournalRecord>();
        isDamaged = false;
        end = position;
        var bufferStart = position;
        var buffer = ReadOnlySpan<byte>.Empty;
        while (fileLength - end > JournalCodec.HeaderLength)
        {
            var offset = end - bufferStart;
            if (offset > buffer.Length || !HoldsNext(buffer[(int)offset..]))
            {
                bufferStart = end;
                offset = 0;
                buffer = Fill(end, (int)Math.Min(fileLength - end, ScanChunk));
            }

            var rest = buffer[(int)offset..];
            var length = rest.Length > JournalCodec.HeaderLength ? JournalCodec.ContentLength(rest) : 0;
            isDamaged = length < 0;
            var next = end + JournalCodec.HeaderLength + length;
            if (length <= 0 || next > fileLength)
            {
                break;
            }

            if (rest[JournalCodec.HeaderLength] != (byte)JournalCodec.Kind.Output)
            {
                var record = rest.Length >= JournalCodec.HeaderLength + length
                    ? JournalCodec.Decode(rest[..JournalCodec.HeaderLength], rest.Slice(JournalCodec.HeaderLength, length), next)
                    : null;
                isDamaged = record is null;
                if (record is null)
                {
                    break;
                }

                records.Add(record);
            }

            end = next;
        }

        return records;
    }

    /// <summary>The header and, but for output, the content of the next record lie in the rest of the buffer.</summary>
    private static bool HoldsNext(ReadOnlySpan<byte> rest)
    {
        if (rest.Length <= JournalCodec.HeaderLength)
        {
            return false;
        }

        var length = JournalCodec.ContentLength(rest);
        return length < 0 || rest[JournalCodec.HeaderLength] == (byte)JournalCodec.Kind.Output || rest.Length >= JournalCodec.HeaderLength + length;
    }

    private ReadOnlySpan<byte> Fill(long position, int wanted)
    {
        if (_buffer.Length < wanted)
        {
            _buffer = new byte[wanted];
        }

        var have = 0;
        while (have < wanted)
        {
            var read = RandomAccess.Read(file, _buffer.AsSpan(have, wanted - have), position + have);
            if (read == 0)
            {
                break;
            }

            have += read;
        }

        return _buffer.AsSpan(0, have);
    }

    private static int Take(ReadOnlySpan<byte> data, long position, long start, int maxBytes, List<JournalRecord> records, out bool isDamaged)
    {
        var used = 0;
        isDamaged = false;
        while (data.Length - used >= JournalCodec.HeaderLength && (records.Count == 0 || position + used - start < maxBytes))
        {
            var header = data.Slice(used, JournalCodec.HeaderLength);
            var length = JournalCodec.ContentLength(header);
            if (length < 0)
            {
                isDamaged = true;
                break;
            }

            var next = used + JournalCodec.HeaderLength + length;
            if (next > data.Length)
            {
                break;
            }

            var record = JournalCodec.Decode(header, data[(used + JournalCodec.HeaderLength)..next], position + next);
            if (record is null)
            {
                isDamaged = true;
                break;
            }

            records.Add(record);
            used = next;
        }

        return used;
    }
}
