using System.Buffers.Binary;

namespace Quern.Execution.Control;

/// <summary>Cuts a byte stream into frames, with a limit on each. Not thread-safe.</summary>
internal sealed class FrameInput(int maxContent)
{
    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>The other side announced a frame above the limit or without a kind; nothing after it can be read.</summary>
    internal bool IsBad { get; private set; }

    /// <summary>Room for the next read; follow with <see cref="Added"/>.</summary>
    internal Span<byte> Room()
    {
        if (_start > 0 && _start == _end)
        {
            _start = _end = 0;
        }

        if (_buffer.Length - _end < 2048)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            if (_buffer.Length - _end < 2048)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        return _buffer.AsSpan(_end);
    }

    internal void Added(int count) => _end += count;

    /// <summary>The next whole frame; its content is valid until the next <see cref="Room"/>.</summary>
    internal bool Next(out FrameKind kind, out ReadOnlySpan<byte> content)
    {
        kind = default;
        content = default;
        if (IsBad || _end - _start < Frames.HeaderLength)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length < 1 || length > maxContent)
        {
            IsBad = true;
            return false;
        }

        if (_end - _start < 4 + length)
        {
            return false;
        }

        kind = (FrameKind)_buffer[_start + 4];
        content = _buffer.AsSpan(_start + Frames.HeaderLength, length - 1);
        _start += 4 + length;
        return true;
    }
}
