using System.Globalization;
using System.Text;
using Quern.Protocol.Api;

namespace Quern.Worker.Local;

/// <summary>How the body of a request is delimited.</summary>
internal enum BodyKind
{
    None,
    Length,
    Chunked,
}

/// <summary>A request this socket does not pass on.</summary>
internal sealed class BadRequestException(int status, string text) : Exception(text)
{
    public int Status => status;
}

/// <summary>
/// The head of one HTTP/1.1 request, read strictly: whatever two programs could read differently is refused here, because behind this socket every
/// request carries the word of this worker. Grammar: RFC 9112 sections 3, 5, 6; token: RFC 9110 section 5.6.2.
/// </summary>
internal sealed class HttpHead
{
    /// <summary>Largest head, bytes.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Headers of one connection, never passed on (RFC 9110 section 7.6.1), and the vouching one, which only this worker writes.</summary>
    private static readonly HashSet<string> NotPassed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding",
        "Content-Length", "Upgrade", "Expect", ApiRoutes.VouchHeader,
    };

    private readonly List<(string Name, string Value)> _headers = [];

    private HttpHead(string method, string target) => (Method, Target) = (method, target);

    public string Method { get; }

    /// <summary>Path and query, as sent.</summary>
    public string Target { get; }

    public string Path => Target.Split('?', 2)[0];

    public BodyKind Body { get; private set; }

    public long BodyLength { get; private set; }

    /// <summary>The client waits for a "100 Continue" before it sends the body.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <param name="head">Everything before the empty line.</param>
    /// <exception cref="BadRequestException">One sentence that says what is wrong.</exception>
    public static HttpHead Parse(ReadOnlySpan<byte> head)
    {
        // Latin-1 keeps every byte as it came; what is passed on is the same bytes.
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length != 3 || !words[0].All(IsTokenCharacter) || words[0].Length == 0 || words[2] != "HTTP/1.1")
        {
            throw Bad("the request line is not 'METHOD /path HTTP/1.1'");
        }

        if (!words[1].StartsWith('/') || words[1].Any(c => c <= ' ' || c >= '\x7f'))
        {
            throw Bad("the request's target is not a plain path");
        }

        var result = new HttpHead(words[0], words[1]);
        foreach (var line in lines.AsSpan(1))
        {
            result.AddHeader(line);
        }

        result.ReadBodyKind();
        return result;
    }

    /// <summary>The head as the supervisor gets it: without the hop's headers and whatever the caller vouched for, with the caller the kernel named.</summary>
    public byte[] ForSupervisor(string user)
    {
        var dropped = new HashSet<string>(NotPassed, StringComparer.OrdinalIgnoreCase);
        foreach (var (_, value) in _headers.Where(header => header.Name.Equals("Connection", StringComparison.OrdinalIgnoreCase)))
        {
            dropped.UnionWith(value.Split(',', StringSplitOptions.TrimEntries));
        }

        // A request without a host is refused by the supervisor's own reading of it.
        dropped.Remove("Host");
        var text = new StringBuilder();
        text.Append(Method).Append(' ').Append(Target).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in _headers.Where(header => !dropped.Contains(header.Name)))
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        text.Append(Body switch
        {
            BodyKind.None => "",
            BodyKind.Length => string.Create(CultureInfo.InvariantCulture, $"Content-Length: {BodyLength}\r\n"),
            BodyKind.Chunked => "Transfer-Encoding: chunked\r\n",
        });
        text.Append(ApiRoutes.VouchHeader).Append(": ").Append(user).Append("\r\nConnection: close\r\n\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private void AddHeader(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !line.AsSpan(0, colon).ToString().All(IsTokenCharacter))
        {
            throw Bad("a header is not 'Name: value'");
        }

        var value = line[(colon + 1)..].Trim(' ', '\t');
        if (value.Any(c => c is < ' ' and not '\t' or '\x7f'))
        {
            throw Bad($"the header {line[..colon]} holds a control character");
        }

        _headers.Add((line[..colon], value));
    }

    private void ReadBodyKind()
    {
        var lengths = Values("Content-Length");
        var encodings = Values("Transfer-Encoding");
        if (lengths.Count + encodings.Count > 1)
        {
            throw Bad("the request says more than once how long its body is");
        }

        if (encodings.Count == 1)
        {
            Body = encodings[0].Equals("chunked", StringComparison.OrdinalIgnoreCase)
                ? BodyKind.Chunked
                : throw new BadRequestException(501, $"the transfer encoding is not chunked");
        }
        else if (lengths.Count == 1)
        {
            if (!long.TryParse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            {
                throw Bad("Content-Length is not a number");
            }

            (Body, BodyLength) = (BodyKind.Length, length);
            if (length > ApiRoutes.BodyBytes)
            {
                throw TooLarge();
            }
        }

        ExpectsContinue = Values("Expect").Any(value => value.Equals("100-continue", StringComparison.OrdinalIgnoreCase));
    }

    public static BadRequestException TooLarge() =>
        new(413, $"the request's body is larger than {ApiRoutes.BodyBytes / (1024 * 1024)} MiB: send less at once");

    private List<string> Values(string name) =>
        [.. _headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    private static BadRequestException Bad(string text) => new(400, text);

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
