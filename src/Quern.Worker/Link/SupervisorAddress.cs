using System.Globalization;

namespace Quern.Worker.Link;

/// <summary>HOST:PORT of a supervisor. IPv6 addresses stand in brackets.</summary>
internal readonly record struct SupervisorAddress(string Host, int Port)
{
    public const int DefaultPort = 50001;

    public static SupervisorAddress? Parse(string text)
    {
        var host = text;
        var port = DefaultPort;
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && !text.EndsWith(']') && (text.IndexOf(':') == colon || text.StartsWith('[')))
        {
            host = text[..colon];
            if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            {
                return null;
            }
        }

        host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        return Uri.CheckHostName(host) == UriHostNameType.Unknown ? null : new SupervisorAddress(host, port);
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
