using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Quern.Core.Jobs;

namespace Quern.Supervisor.Link;

/// <summary>A job as a job type finds it: its attributes by Qube's names (reference, qube-jobs section 2), without its agenda, package, environment and callbacks.</summary>
internal static class JobText
{
    public static string Of(Job job)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            WriteNumbers(writer, job);
            WriteTexts(writer, job);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteNumbers(Utf8JsonWriter writer, Job job)
    {
        var spec = job.Spec;
        foreach (var (name, value) in (ReadOnlySpan<(string, long)>)
        [
            ("id", job.Id.Value), ("pgrp", job.Pgrp), ("pid", spec.Pid), ("priority", spec.Priority), ("cpus", spec.Cpus), ("todo", job.Items?.Count ?? 0), ("flags", (long)job.Flags), ("umask", spec.Umask),
            ("retrysubjob", spec.RetrySubjob), ("retrywork", spec.RetryWork), ("retrywork_delay", spec.RetryWorkDelaySeconds), ("timeout", NeverIfNone(spec.TimeoutSeconds)), ("timelimit", spec.TimeLimitSeconds),
            ("agenda_timeout", NeverIfNone(spec.ItemTimeoutSeconds)), ("agendatimeout", NeverIfNone(spec.ItemTimeoutSeconds)), ("max_cpus", spec.MaxCpus ?? -1), ("agenda_timelimit", spec.ItemTimeLimitSeconds), ("timesubmit", job.SubmittedMs / 1000),
        ])
        {
            writer.WriteNumber(name, value);
        }
    }

    /// <summary>Qube's -1.</summary>
    private static int NeverIfNone(int seconds) => seconds == 0 ? -1 : seconds;

    private static void WriteTexts(Utf8JsonWriter writer, Job job)
    {
        var spec = job.Spec;
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
        [
            ("name", spec.Name), ("prototype", spec.Prototype), ("user", spec.User), ("domain", spec.Domain.Length > 0 ? spec.Domain : "."), ("label", job.Label), ("kind", spec.Kind), ("account", spec.Account), ("notes", spec.Notes),
            ("cluster", spec.Cluster), ("restrictions", spec.Restrictions), ("requirements", spec.Requirements), ("reservations", job.Reservations.Text), ("hosts", spec.Hosts), ("omithosts", spec.OmitHosts),
            ("groups", spec.Groups), ("omitgroups", spec.OmitGroups), ("hostorder", spec.HostOrder), ("flagsstring", string.Join(',', spec.Flags)), ("cwd", spec.Cwd), ("sourcehost", spec.SourceHost),
            ("dependency", job.Dependency?.ToString() ?? ""), ("mailaddress", spec.MailAddress), ("deadline", spec.Deadline), ("range", spec.Range),
            ("preflights", spec.PreFlights), ("postflights", spec.PostFlights), ("agenda_preflights", spec.AgendaPreFlights), ("agenda_postflights", spec.AgendaPostFlights),
        ])
        {
            writer.WriteString(name, value);
        }

        foreach (var tag in JobTags.Names)
        {
            writer.WriteString(tag, spec.Tags.GetValueOrDefault(tag, ""));
        }
    }
}
