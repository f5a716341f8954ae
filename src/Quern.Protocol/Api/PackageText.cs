using System.Text;
using System.Text.Json;

namespace Quern.Protocol.Api;

/// <summary>
/// Qube's text form of a package:
/// <code>
/// package := "(=" { entry } ")"        entry := "(" key "=" ( value | package { package } ) ")"
/// </code>
/// In a value parentheses and backslashes stand behind a backslash; a backslash before anything else is itself, paths of Windows come unescaped. A list is
/// written as an object whose keys are 0, 1 ... Numbers and truths are text. Source: reference, qube-jobs 17.3.
/// </summary>
public static class PackageText
{
    private const int Deepest = 30;

    /// <exception cref="FormatException">The text is not of that form; the message says where.</exception>
    public static Dictionary<string, JsonElement> Read(string text)
    {
        var at = 0;
        var trimmed = text.Trim();
        var package = ReadPackage(trimmed, ref at, 0);
        return at == trimmed.Length ? package : throw Wrong(trimmed, at, "it goes on after its end");
    }

    /// <summary>The text that reads back as <paramref name="package"/>, but for what only JSON tells apart.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, JsonElement>> package)
    {
        var text = new StringBuilder();
        Append(text, package);
        return text.ToString();
    }

    private static Dictionary<string, JsonElement> ReadPackage(string text, ref int at, int depth)
    {
        if (!IsPackage(text, at))
        {
            throw Wrong(text, at, "write it as (=(key=value)(key=value))");
        }

        if (depth > Deepest)
        {
            throw Wrong(text, at, $"it nests more than {Deepest} levels");
        }

        at += 2;
        var package = new Dictionary<string, JsonElement>();
        while (at < text.Length && text[at] == '(')
        {
            at++;
            var equals = text.IndexOf('=', at);
            if (equals <= at || text.AsSpan(at, equals - at).IndexOfAny('(', ')') >= 0)
            {
                throw Wrong(text, at, "an entry has no key: write it as (key=value)");
            }

            var key = text[at..equals];
            at = equals + 1;
            package[key] = IsPackage(text, at) ? Element(ReadPackage(text, ref at, depth + 1)) : JsonSerializer.SerializeToElement(ReadValue(text, ref at), ApiJson.Default.String);
            Close(text, ref at);
        }

        Close(text, ref at);
        return package;
    }

    private static bool IsPackage(string text, int at) => at + 1 < text.Length && text[at] == '(' && text[at + 1] == '=';

    private static string ReadValue(string text, ref int at)
    {
        var value = new StringBuilder();
        for (; at < text.Length && text[at] != ')'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '(' or ')' or '\\')
            {
                at++;
            }

            value.Append(text[at]);
        }

        return value.ToString();
    }

    private static void Close(string text, ref int at)
    {
        if (at >= text.Length || text[at] != ')')
        {
            throw Wrong(text, at, "a closing parenthesis belongs there");
        }

        at++;
    }

    private static JsonElement Element(Dictionary<string, JsonElement> package) => JsonSerializer.SerializeToElement(package, ApiJson.Default.DictionaryStringJsonElement);

    private static void Append(StringBuilder text, IEnumerable<KeyValuePair<string, JsonElement>> package)
    {
        text.Append("(=");
        foreach (var (key, value) in package)
        {
            text.Append('(').Append(key).Append('=');
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    Append(text, value.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, property.Value)));
                    break;
                case JsonValueKind.Array:
                    Append(text, value.EnumerateArray().Select((item, index) => KeyValuePair.Create(index.ToString(System.Globalization.CultureInfo.InvariantCulture), item)));
                    break;
                default:
                    AppendValue(text, value.ValueKind switch { JsonValueKind.String => value.GetString()!, JsonValueKind.Null => "", _ => value.GetRawText() });
                    break;
            }

            text.Append(')');
        }

        text.Append(')');
    }

    private static void AppendValue(StringBuilder text, string value)
    {
        foreach (var letter in value)
        {
            text.Append(letter is '(' or ')' or '\\' ? "\\" : "").Append(letter);
        }
    }

    private static FormatException Wrong(string text, int at, string what) => new($"at character {at + 1} of {text.Length}: {what}");
}
