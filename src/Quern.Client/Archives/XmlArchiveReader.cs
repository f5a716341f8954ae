using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Quern.Protocol.Api;

namespace Quern.Client.Archives;

/// <summary>
/// Reads Qube's XML: no single root, <c>&lt;version&gt;1&lt;/version&gt;</c>, then <c>&lt;object type = 'job'&gt;</c>. A document type is refused, nothing is fetched, and depth and
/// size are bounded: an archive comes from anywhere.
/// </summary>
internal static class XmlArchiveReader
{
    private const int Deepest = 40;
    private const int MostElements = 20_000_000;
    private const string Object = "object";

    public static IReadOnlyList<JobRequest> Read(string text)
    {
        var jobs = new List<JobRequest>();
        try
        {
            CheckForm(text);
            using var reader = Open(text);
            var isVersionSeen = false;
            while (!reader.EOF)
            {
                if (reader.NodeType != XmlNodeType.Element)
                {
                    reader.Read();
                    continue;
                }

                var element = (XElement)XNode.ReadFrom(reader);
                if (element.Name.LocalName == "version")
                {
                    isVersionSeen = element.Value.Trim() == "1" ? true : throw new FormatException($"its version is '{Shown(element.Value)}', this program reads version 1");
                }
                else if (element.Name.LocalName == Object && (string?)element.Attribute("type") == "job")
                {
                    jobs.Add(JobOf(element));
                }
                else
                {
                    throw new FormatException($"it has <{Shown(element.Name.LocalName)}> where an object of type job belongs");
                }
            }

            return jobs.Count > 0 && isVersionSeen ? jobs : throw new FormatException(jobs.Count == 0 ? "it has no job" : "it has no version");
        }
        catch (XmlException exception)
        {
            throw new FormatException($"line {exception.LineNumber} is damaged or forbidden: {exception.Message.Split('\n')[0].TrimEnd('.')}", exception);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"its {exception.Path?.TrimStart('$', '.')} makes no sense: {exception.Message.Split('\n')[0].TrimEnd('.')}", exception);
        }
    }

    /// <summary>Depth is asked for before anything is built of it.</summary>
    private static void CheckForm(string text)
    {
        using var reader = Open(text);
        var count = 0;
        while (reader.Read())
        {
            if (reader.Depth > Deepest || ++count > MostElements)
            {
                throw new FormatException(reader.Depth > Deepest ? $"it nests more than {Deepest} levels" : "it has more elements than any job");
            }
        }
    }

    private static XmlReader Open(string text) => XmlReader.Create(new StringReader(text), new XmlReaderSettings
    {
        ConformanceLevel = ConformanceLevel.Fragment, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = JobArchive.LargestBytes, IgnoreComments = true, IgnoreWhitespace = true,
        IgnoreProcessingInstructions = true,
    });

    private static JobRequest JobOf(XElement element)
    {
        var job = new JsonObject();
        foreach (var child in element.Elements())
        {
            Take(job, child);
        }

        var wasSubmitted = Number(element.Element("id")) is > 0;
        if (wasSubmitted)
        {
            // The group was that of the job it was; who submits it again begins one.
            job.Remove("pgrp");
        }

        if (job.ContainsKey(ArchiveNames.Agenda))
        {
            job.Remove("range");
        }

        if (StatusOf(element.Element(ArchiveNames.Status)) == 272 && !(wasSubmitted && job.ContainsKey("dependency")))
        {
            job["status"] = "blocked";
        }

        return job.Deserialize(ApiJson.Default.JobRequest)!;
    }

    private static void Take(JsonObject job, XElement child)
    {
        var name = child.Name.LocalName;
        switch (name)
        {
            case ArchiveNames.Agenda or ArchiveNames.Posters:
                if (ArrayOf(Items(child).Select(ItemOf)) is { } works)
                {
                    job[name == ArchiveNames.Agenda ? "agenda" : "pAgenda"] = works;
                }

                break;
            case ArchiveNames.Callbacks:
                if (ArrayOf(Items(child).Select(CallbackOf)) is { } callbacks)
                {
                    job["callbacks"] = callbacks;
                }

                break;
            case ArchiveNames.Env:
                TakeEnv(job, child.Element(Object) ?? child);
                break;
            case ArchiveNames.PathMap:
                Put(job, "pathmap", MapOf(child));
                break;
            case ArchiveNames.Status:
                break;
            case "flags" when Number(child) is { } bits:
                Put(job, "flags", FlagsOf(bits));
                break;
            case "pid":
                if (Number(child) is > 1)
                {
                    job["pid"] = child.Value.Trim();
                }

                break;
            case "deadline" when child.HasElements:
                break;
            default:
                if (!ArchiveNames.OfTheSupervisor.Contains(name))
                {
                    TakeText(job, name, child);
                }

                break;
        }
    }

    private static void TakeText(JsonObject job, string name, XElement child)
    {
        var attribute = ArchiveNames.Texts.FirstOrDefault(entry => entry.Element == name).Attribute;
        if (attribute is null)
        {
            // Nobody knows it: it is kept whole, to be written again.
            job[name] = !child.HasElements ? child.Value : JsonOf(child) ?? new JsonObject { [ArchiveNames.Xml] = string.Concat(child.Nodes().Select(node => node.ToString(SaveOptions.DisableFormatting))) };
            return;
        }

        // A list counts as its words with commas between.
        var text = child.HasElements ? string.Join(',', Items(child).Select(item => item.Value.Trim())) : child.Value;
        if (!ArchiveNames.IsNone(name, text.Trim()))
        {
            job[attribute] = text;
        }
    }

    private static JsonArray? FlagsOf(long bits)
        => ArrayOf(ArchiveNames.Flags.Where(flag => (bits & flag.Bit) != 0).Select(flag => JsonValue.Create(flag.Name)));

    /// <summary>Null when there are none.</summary>
    private static JsonArray? ArrayOf(IEnumerable<JsonNode> nodes)
    {
        var array = new JsonArray();
        foreach (var node in nodes)
        {
            array.Add(node);
        }

        return array.Count == 0 ? null : array;
    }

    private static JsonNode? JsonOf(XElement child) =>
        child.Element(Object) is { } kept && (string?)kept.Attribute("type") == ArchiveNames.Json && kept.Element("value") is { } value ? JsonNode.Parse(value.Value) : null;

    private static IEnumerable<XElement> Items(XElement list) => (list.Element(Object) ?? list).Elements("item").Select(item => item.Element(Object) ?? item);

    private static JsonObject ItemOf(XElement item)
    {
        var work = new JsonObject { ["name"] = item.Element("name")?.Value ?? "" };
        if (item.Element("data")?.Value is { Length: > 0 } data && data != "(=)")
        {
            work["data"] = data;
        }

        foreach (var name in new[] { "retry", "retrydelay" })
        {
            if (Number(item.Element(name)) is > 0 or 0 && item.Element(name)!.Value is { } text && text != "0")
            {
                work[name] = text;
            }
        }

        return work;
    }

    private static JsonObject CallbackOf(XElement item)
    {
        var callback = new JsonObject { ["triggers"] = item.Element("triggers")?.Value ?? "", ["language"] = LanguageOf(item) };
        Put(callback, "code", item.Element("code")?.Value);
        return Number(item.Element("max")) is { } most and >= 0 ? With(callback, "maximum", most) : callback;
    }

    private static JsonObject With(JsonObject node, string key, long value)
    {
        node[key] = value;
        return node;
    }

    private static string LanguageOf(XElement item)
    {
        var (text, code) = (item.Element("language")?.Value.Trim() ?? "", item.Element("code")?.Value ?? "");
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
        {
            return text.Length > 0 ? text : "qube";
        }

        // Archives of Qube's have 9 for a mail without code.
        return ArchiveNames.Languages.FirstOrDefault(language => language.Bit == bits).Name ?? (code.Length == 0 ? "mail" : "qube");
    }

    private static void TakeEnv(JsonObject job, XElement env)
    {
        var keys = env.Element("keys") is { } names ? Items(names).Select(item => item.Value).ToList() : [];
        var values = env.Element("values") is { } texts ? Items(texts).Select(item => item.Value).ToList() : [];
        if (keys.Count != values.Count)
        {
            throw new FormatException($"its environment has {keys.Count} names and {values.Count} values");
        }

        var variables = new JsonObject();
        for (var at = 0; at < keys.Count; at++)
        {
            variables[keys[at]] = values[at];
        }

        Put(job, "env", variables.Count == 0 ? null : variables);
        Put(job, "cwd", env.Element("cwd")?.Value);
        Put(job, "umask", env.Element("umask")?.Value is { } umask && umask != "0" ? umask : null);
        Put(job, "drivemap", env.Element("mounts") is { } mounts ? MapOf(mounts) : null);
    }

    /// <summary>Names and values take turns.</summary>
    private static JsonObject? MapOf(XElement hash)
    {
        var map = new JsonObject();
        string? key = null;
        foreach (var part in (hash.Element(Object) ?? hash).Elements())
        {
            if (part.Name.LocalName == "key")
            {
                key = part.Value;
            }
            else if (part.Name.LocalName == "element" && key is not null)
            {
                map[key] = part.Value;
                key = null;
            }
        }

        return map.Count == 0 ? null : map;
    }

    private static void Put(JsonObject node, string key, JsonNode? value)
    {
        if (value is not null && !(value is JsonValue && value.ToString().Length == 0))
        {
            node[key] = value;
        }
    }

    private static long? StatusOf(XElement? status) => Number(status?.Element(Object)?.Element("value") ?? status);

    private static long? Number(XElement? element) => long.TryParse(element?.Value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Shown(string text) => string.Concat((text.Length > 40 ? text[..40] + "..." : text).Select(c => char.IsControl(c) ? '?' : c));
}
