using System.Globalization;
using System.Text;
using Quern.Protocol.Api;

namespace Quern.Worker.Local;

/// <summary>Reads one request from a caller: its head, then its body, which is handed on as it comes. Memory is one buffer, whatever the caller sends.</summary>
internal sealed class RequestReader(Stream caller)
{
    private readonly byte[] _buffer = new byte[HttpHead.MostBytes];
    private int _start;
    private int _end;

    /// <returns>Null when the caller left without a word.</returns>
    public async Task<HttpHead?> ReadHeadAsync(CancellationToken token)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(searched, _end - searched).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                _start = searched + at + 4;
                return HttpHead.Parse(_buffer.AsSpan(0, searched + at));
            }

            searched = Math.Max(0, _end - 3);
            if (_end == _buffer.Length)
            {
                throw new BadRequestException(431, $"the request's head is larger than {HttpHead.MostBytes / 1024} KiB");
            }

            var read = await caller.ReadAsync(_buffer.AsMemory(_end), token).ConfigureAwait(false);
            if (read == 0)
            {
                return _end == 0 ? null : throw CutShort();
            }

            _end += read;
        }
    }

    /// <summary>Passes the body on, framed as the head for the supervisor says.</summary>
    /// <exception cref="BadRequestException">It is cut short, too large or not what its framing says: the other side must not take it for whole.</exception>
    public Task CopyBodyAsync(HttpHead head, Stream supervisor, CancellationToken token) => head.Body switch
    {
        BodyKind.None => Task.CompletedTask,
        BodyKind.Length => CopyAsync(head.BodyLength, supervisor, token),
        BodyKind.Chunked => CopyChunksAsync(supervisor, token),
    };

    /// <summary>Waits until the caller has nothing more to say; what it says after its request is not read as another.</summary>
    public async Task WaitForEndAsync(CancellationToken token)
    {
        while (await caller.ReadAsync(_buffer, token).ConfigureAwait(false) > 0)
        {
            // Thrown away.
        }
    }

    private async Task CopyAsync(long length, Stream supervisor, CancellationToken token)
    {
        while (length > 0)
        {
            await FillAsync(token).ConfigureAwait(false);
            var part = (int)Math.Min(length, _end - _start);
            await supervisor.WriteAsync(_buffer.AsMemory(_start, part), token).ConfigureAwait(false);
            _start += part;
            length -= part;
        }
    }

    private async Task CopyChunksAsync(Stream supervisor, CancellationToken token)
    {
        for (var total = 0L; ;)
        {
            var size = ChunkSize(await ReadLineAsync(token).ConfigureAwait(false));
            total += size;
            if (total > ApiRoutes.BodyBytes)
            {
                throw HttpHead.TooLarge();
            }

            if (size == 0)
            {
                break;
            }

            var line = string.Create(CultureInfo.InvariantCulture, $"{size:x}\r\n");
            await supervisor.WriteAsync(Encoding.ASCII.GetBytes(line), token).ConfigureAwait(false);
            await CopyAsync(size, supervisor, token).ConfigureAwait(false);
            if ((await ReadLineAsync(token).ConfigureAwait(false)).Length > 0)
            {
                throw new BadRequestException(400, "a chunk is longer than it says");
            }

            await supervisor.WriteAsync("\r\n"u8.ToArray(), token).ConfigureAwait(false);
        }

        // Trailers are dropped: nothing of the API has any.
        for (var lines = 0; (await ReadLineAsync(token).ConfigureAwait(false)).Length > 0; lines++)
        {
            if (lines == 64)
            {
                throw new BadRequestException(400, "the body has too many trailers");
            }
        }

        await supervisor.WriteAsync("0\r\n\r\n"u8.ToArray(), token).ConfigureAwait(false);
    }

    private static long ChunkSize(string line)
    {
        var digits = line.Split(';', 2)[0].TrimEnd(' ', '\t');
        return digits.Length is > 0 and <= 15 && long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size)
            ? size
            : throw new BadRequestException(400, "a chunk's size is not a number");
    }

    private async Task<string> ReadLineAsync(CancellationToken token)
    {
        const int longest = 4096;
        var line = new StringBuilder();
        while (line.Length <= longest)
        {
            await FillAsync(token).ConfigureAwait(false);
            var c = (char)_buffer[_start++];
            if (c == '\n')
            {
                return line.Length > 0 && line[^1] == '\r'
                    ? line.ToString(0, line.Length - 1)
                    : throw new BadRequestException(400, "a line of the body's framing does not end as it must");
            }

            line.Append(c);
        }

        throw new BadRequestException(400, "a line of the body's framing is too long");
    }

    private async ValueTask FillAsync(CancellationToken token)
    {
        if (_start < _end)
        {
            return;
        }

        _start = 0;
        _end = await caller.ReadAsync(_buffer, token).ConfigureAwait(false);
        if (_end == 0)
        {
            throw CutShort();
        }
    }

    private static BadRequestException CutShort() => new(400, "the request was cut short: nothing was done; send it again");
}
