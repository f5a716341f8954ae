using System.Buffers.Text;
using System.Text;
using Quern.Worker.Link;

namespace Quern.Worker.Joining;

/// <summary>
/// A one-time join token: <c>quern1.</c> and the base64url of <c>HOST:PORT|fingerprint|secret</c> (UTF-8). The fingerprint is the SHA-256 of the farm's
/// authority: the worker believes no other supervisor with the secret. Prints without the secret.
/// </summary>
internal sealed record JoinToken(string Text, SupervisorAddress Supervisor, string AuthoritySha256)
{
    private const string Prefix = "quern1.";
    private const int MostCharacters = 4096;

    /// <exception cref="RefusalException">It is not a token; the sentence does not repeat it, since it is a secret.</exception>
    public static JoinToken Parse(string text)
    {
        text = text.Trim();
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > MostCharacters || !Base64Url.IsValid(text.AsSpan(Prefix.Length)))
        {
            throw Bad("it does not look like one");
        }

        var fields = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length))).Split('|');
        if (fields.Length != 3 || fields[2].Length == 0)
        {
            throw Bad("it is incomplete");
        }

        if (SupervisorAddress.Parse(fields[0]) is not { } supervisor)
        {
            throw Bad("it names no supervisor");
        }

        return fields[1].Length == 64 && fields[1].All(char.IsAsciiHexDigit)
            ? new JoinToken(text, supervisor, fields[1].ToLowerInvariant())
            : throw Bad("it names no authority");
    }

    /// <summary>The token of an option: itself, or the first line of the file after <c>@</c>.</summary>
    public static JoinToken FromOption(string option)
    {
        if (!option.StartsWith('@'))
        {
            return Parse(option);
        }

        try
        {
            return Parse(File.ReadLines(option[1..]).FirstOrDefault() ?? "");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new RefusalException($"the join token cannot be read from '{option[1..]}': {failure.Message}", failure);
        }
    }

    public override string ToString() => $"join token for {Supervisor}";

    private static RefusalException Bad(string why) =>
        new($"the join token cannot be used: {why}; make a new one with 'quern worker token' where the supervisor runs, and pass it whole");
}
