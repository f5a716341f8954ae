using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using Quern.Protocol.Api;

namespace Quern.Client.Archives;

/// <summary>Writes Qube's XML of a job that is to be submitted: what only a supervisor knows has the values of a job that was not.</summary>
internal static class XmlArchiveWriter
{
    private const string Never = "0";

    public static string Write(JobRequest job)
    {
        var text = new StringBuilder();
        var settings = new XmlWriterSettings { ConformanceLevel = ConformanceLevel.Fragment, Indent = true, IndentChars = "  ", NewLineChars = "\n", OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.Entitize };
        using (var writer = XmlWriter.Create(text, settings))
        {
            writer.WriteElementString("version", "1");
            StartObject(writer, "job");
            WriteJob(writer, Readable(job));
            writer.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    /// <summary>Under the names of the API; the package as the text that archives have.</summary>
    private static JsonObject Readable(JobRequest job)
    {
        var whole = string.IsNullOrEmpty(job.Data) ? [] : PackageText.Read(job.Data);
        foreach (var (key, value) in job.Package ?? new Dictionary<string, JsonElement>())
        {
            whole[key] = value;
        }

        var flags = (job.Flags ?? []).Concat(job.Flagsstring?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []).Distinct().ToList();
        var node = JsonSerializer.SerializeToNode(job with { Package = null, Data = whole.Count == 0 ? null : PackageText.Write(whole), Flags = null, Flagsstring = null }, ApiJson.Default.JobRequest)!.AsObject();
        node["flags"] = ArchiveNames.Flags.Where(flag => flags.Contains(flag.Name)).Sum(flag => flag.Bit).ToString(CultureInfo.InvariantCulture);
        var others = string.Join(',', flags.Except(ArchiveNames.Flags.Select(flag => flag.Name)));
        if (others.Length > 0)
        {
            // They have no bit: numbers, and names of ours.
            node["flagsstring"] = others;
        }

        return node;
    }

    private static void WriteJob(XmlWriter writer, JsonObject job)
    {
        foreach (var element in ArchiveNames.Order)
        {
            Write(writer, job, element);
        }

        foreach (var (name, value) in job)
        {
            WriteOther(writer, name, value);
        }
    }

    private static void Write(XmlWriter writer, JsonObject job, string element)
    {
        switch (element)
        {
            case "id": writer.WriteElementString(element, "0"); break;
            case "pid": writer.WriteElementString(element, Taken(job, element) is { Length: > 0 } parent ? parent : "1"); break;
            case "flags": writer.WriteElementString(element, Taken(job, element)); break;
            case ArchiveNames.Status: WriteValue(writer, element, "status", Taken(job, element) == "blocked" ? "272" : "320"); break;
            case ArchiveNames.Agenda: WriteAgenda(writer, element, job, "agenda", "items"); break;
            case ArchiveNames.Posters: WriteAgenda(writer, element, job, "pAgenda", null); break;
            case ArchiveNames.Callbacks: WriteCallbacks(writer, job); break;
            case ArchiveNames.Env: WriteEnv(writer, job); break;
            case ArchiveNames.PathMap: WriteMap(writer, element, Removed(job, "pathmap")); break;
            case "time_submit" or "time_start" or "time_complete" or "last_update": WriteValue(writer, element, "time", Never); break;
            default: WriteText(writer, job, element); break;
        }
    }

    private static void WriteText(XmlWriter writer, JsonObject job, string element)
    {
        var (_, attribute, otherwise) = ArchiveNames.Texts.First(text => text.Element == element);
        var value = Taken(job, attribute);
        if (value.Length > 0 || element != ArchiveNames.PosterRange)
        {
            writer.WriteElementString(element, value.Length == 0 ? otherwise : value);
        }
    }

    private static void WriteValue(XmlWriter writer, string element, string type, string value)
    {
        writer.WriteStartElement(element);
        StartObject(writer, type);
        writer.WriteElementString("value", value);
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static void WriteAgenda(XmlWriter writer, string element, JsonObject job, string attribute, string? names)
    {
        var works = Removed(job, attribute);
        var listed = names is null ? null : Removed(job, names);
        if ((works ?? listed) is not JsonArray list)
        {
            if (works is JsonValue range)
            {
                job[attribute == "agenda" ? "range" : attribute] = range.ToString();
            }

            return;
        }

        StartList(writer, element, "work");
        for (var at = 0; at < list.Count; at++)
        {
            writer.WriteStartElement("item");
            StartObject(writer, "work");
            var work = list[at] as JsonObject;
            writer.WriteElementString("name", work is null ? list[at]?.ToString() ?? "" : work["name"]?.ToString() ?? "");
            writer.WriteElementString("id", at.ToString(CultureInfo.InvariantCulture));
            writer.WriteElementString("data", DataOf(work));
            writer.WriteElementString("retry", work?["retry"]?.ToString() ?? "-1");
            writer.WriteElementString("retrydelay", work?["retrydelay"]?.ToString() ?? "0");
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        EndList(writer);
    }

    private static string DataOf(JsonObject? work)
    {
        if (work?["package"] is not JsonObject package)
        {
            return work?["data"]?.ToString() ?? "";
        }

        using var document = JsonDocument.Parse(package.ToJsonString());
        return PackageText.Write(document.RootElement.EnumerateObject().Select(entry => new KeyValuePair<string, JsonElement>(entry.Name, entry.Value)));
    }

    private static void WriteCallbacks(XmlWriter writer, JsonObject job)
    {
        if (Removed(job, "callbacks") is not JsonArray { Count: > 0 } list)
        {
            return;
        }

        StartList(writer, ArchiveNames.Callbacks, "callback");
        foreach (var callback in list.OfType<JsonObject>())
        {
            writer.WriteStartElement("item");
            StartObject(writer, "callback");
            writer.WriteElementString("code", callback["code"]?.ToString() ?? "");
            writer.WriteElementString("triggers", callback["triggers"] is JsonArray several ? string.Join(" || ", several.Select(one => one?.ToString())) : callback["triggers"]?.ToString() ?? "");
            var language = callback["language"]?.ToString() ?? "qube";
            writer.WriteElementString("language", ArchiveNames.Languages.FirstOrDefault(known => known.Name == language) is { Name: not null } bit ? bit.Bit.ToString(CultureInfo.InvariantCulture) : language);
            writer.WriteElementString("max", (callback["maximum"] ?? callback["max"])?.ToString() ?? "-1");
            writer.WriteElementString("user", callback["user"]?.ToString() ?? "");
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        EndList(writer);
    }

    private static void WriteEnv(XmlWriter writer, JsonObject job)
    {
        var variables = Removed(job, "env") as JsonObject ?? [];
        writer.WriteStartElement(ArchiveNames.Env);
        StartObject(writer, "env");
        WriteTexts(writer, "keys", variables.Select(pair => pair.Key));
        WriteTexts(writer, "values", variables.Select(pair => pair.Value?.ToString() ?? ""));
        writer.WriteElementString("umask", Taken(job, "umask") is { Length: > 0 } umask ? umask : "0");
        writer.WriteElementString("cwd", Taken(job, "cwd"));
        WriteMap(writer, "mounts", Removed(job, "drivemap"));
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static void WriteTexts(XmlWriter writer, string element, IEnumerable<string> texts)
    {
        StartList(writer, element, "string");
        foreach (var text in texts)
        {
            writer.WriteElementString("item", text);
        }

        EndList(writer);
    }

    private static void WriteMap(XmlWriter writer, string element, JsonNode? map)
    {
        writer.WriteStartElement(element);
        StartObject(writer, "string_hash");
        foreach (var (key, value) in map as JsonObject ?? [])
        {
            writer.WriteElementString("key", key);
            writer.WriteElementString("element", value?.ToString() ?? "");
        }

        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    /// <summary>What archives have no element of their own for: text as it is, XML that was kept as it was, anything else as JSON.</summary>
    private static void WriteOther(XmlWriter writer, string name, JsonNode? value)
    {
        if (value is JsonObject { Count: 1 } kept && kept[ArchiveNames.Xml]?.ToString() is { } xml && XmlConvertible(name))
        {
            writer.WriteStartElement(name);
            using var reader = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            reader.Read();
            while (!reader.EOF)
            {
                writer.WriteNode(reader, false);
            }

            writer.WriteEndElement();
        }
        else if (value is not null && XmlConvertible(name))
        {
            if (value.GetValueKind() == JsonValueKind.String)
            {
                writer.WriteElementString(name, value.ToString());
            }
            else
            {
                WriteValue(writer, name, ArchiveNames.Json, value.ToJsonString());
            }
        }
    }

    private static bool XmlConvertible(string name) => XmlReader.IsName(name) && !name.Contains(':', StringComparison.Ordinal);

    private static string Taken(JsonObject job, string attribute) => Removed(job, attribute)?.ToString() ?? "";

    private static JsonNode? Removed(JsonObject job, string attribute)
    {
        job.Remove(attribute, out var value);
        return value;
    }

    private static void StartObject(XmlWriter writer, string type)
    {
        writer.WriteStartElement("object");
        writer.WriteAttributeString("type", type);
    }

    private static void StartList(XmlWriter writer, string element, string type)
    {
        writer.WriteStartElement(element);
        StartObject(writer, type + "_list");
    }

    private static void EndList(XmlWriter writer)
    {
        writer.WriteEndElement();
        writer.WriteEndElement();
    }
}
