using System.Globalization;
using System.Text.Json;
using Quern.Core.Agendas;
using Quern.Core.Jobs;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Api;

/// <summary>Which items a job has, what they bring along, and which of them go ahead as a job of their own.</summary>
internal sealed partial class JobReading
{
    private const int MostPosters = 10_000;

    /// <param name="Packages">In their saved form; empty = no item has one.</param>
    /// <param name="Range">As it was written, for people.</param>
    /// <param name="Retries">In their saved form; empty = no item has any of its own.</param>
    private sealed record Items(Agenda Agenda, string Packages, string Range, string Retries = "");

    /// <summary>Null = the job has no agenda; it has no posters without one.</summary>
    private sealed record ItemPlan(Items? Main, Items? Posters);

    private ItemPlan ReadItems(Package package, JobFlags flags)
    {
        string[] given = [.. new[] { (job.Range is { Length: > 0 }, "range"), (job.Items is not null, "items"), (job.Agenda is { IsEmpty: false }, "agenda") }.Where(one => one.Item1).Select(one => one.Item2)];
        if (given.Length > 1)
        {
            throw Refuse($"it has both {string.Join(" and ", given)}", "give one of them");
        }

        if (job.Chunk is not null && job.Partitions is not null)
        {
            throw Refuse("it has both chunk and partitions", "give one of them");
        }

        if (job.Items is { } names)
        {
            return ReadList([.. names.Select(name => new WorkRequest { Name = name })], flags);
        }

        if (job.Agenda is { IsEmpty: false, Items: { } works })
        {
            return ReadList(works, flags);
        }

        // Clients of Qube's own put the range beside the command.
        var range = job.Range is { Length: > 0 } text ? text : job.Agenda?.Range is { Length: > 0 } written ? written : package.Text("range") ?? "";
        return range.Length > 0 ? ReadRange(range, flags)
            : job.Chunk is null && job.Partitions is null ? new ItemPlan(null, null)
            : throw Refuse("chunk and partitions need a range", "give a range");
    }

    private ItemPlan ReadRange(string range, JobFlags flags)
    {
        var (split, size) = job switch
        {
            { Chunk: not null } => (AgendaSplit.Chunks, Within(job.Chunk, "chunk", 1, int.MaxValue, 1)),
            { Partitions: not null } => (AgendaSplit.Partitions, Within(job.Partitions, "partitions", 1, int.MaxValue, 1)),
            _ => (AgendaSplit.Frames, 1),
        };
        var order = ReadOrder();
        var whole = Built(Agenda.Parse(range, split, size, order, options.MaxAgendaItems));
        if (!flags.HasFlag(JobFlags.PAgenda))
        {
            return new ItemPlan(new Items(whole, "", range), null);
        }

        var posters = PostersOf(() => PosterItems.UsualOf(range, options.MaxAgendaItems));
        var rest = PosterItems.Without(range, posters.Select(item => item.Name!).ToHashSet(StringComparer.Ordinal));
        return rest.Length == 0
            ? new ItemPlan(new Items(whole, "", range), null)
            : new ItemPlan(new Items(Built(Agenda.Parse(rest, split, size, order, options.MaxAgendaItems)), "", rest), Listed(posters));
    }

    private ItemPlan ReadList(IReadOnlyList<WorkRequest> works, JobFlags flags)
    {
        var whole = Listed(works);
        if (!flags.HasFlag(JobFlags.PAgenda))
        {
            return new ItemPlan(whole, null);
        }

        var known = works.ToDictionary(work => work.Name!, StringComparer.Ordinal);
        IReadOnlyList<WorkRequest> posters = [.. PostersOf(() => [.. PosterItems.UsualOf(works.Count).Select(index => works[index].Name!)]).Select(item => known.GetValueOrDefault(item.Name!, item))];
        var taken = posters.Select(item => item.Name!).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<WorkRequest> rest = [.. works.Where(work => !taken.Contains(work.Name!))];
        return rest.Count == 0 ? new ItemPlan(whole, null) : new ItemPlan(Listed(rest), Listed(posters));
    }

    /// <summary>Those the submitter names, else the usual ones; at most as many as the site allows.</summary>
    private IReadOnlyList<WorkRequest> PostersOf(Func<IReadOnlyList<string>> usual)
    {
        IReadOnlyList<WorkRequest> asked = job.PAgenda switch
        {
            { Items: { Count: > 0 } items } => items,
            { Range: { Length: > 0 } range } => [.. Names(Built(Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Ascend, MostPosters))).Select(name => new WorkRequest { Name = name })],
            _ => [.. usual().Select(name => new WorkRequest { Name = name })],
        };
        var most = options.Jobs.MostPosterItems > 0 ? options.Jobs.MostPosterItems : MostPosters;
        if (asked.Count <= most)
        {
            return asked;
        }

        warnings.Add($"the first {most} of its {asked.Count} poster items are taken: this farm allows no more");
        return [.. asked.Take(most)];
    }

    private static IEnumerable<string> Names(Agenda agenda) => Enumerable.Range(0, agenda.Count).Select(index => agenda[index].Name);

    /// <summary>The job of its poster items: the same, but ahead of it.</summary>
    private JobSpec PosterOf(JobSpec spec, Items posters) => spec with
    {
        Agenda = posters.Agenda.Save(), ItemPackages = posters.Packages, ItemRetries = posters.Retries, Range = posters.Range, Label = "",
        Priority = ReadPriority(job.PAgendaPriority is > 0 and var given ? given : null, "pAgendaPriority", options.Jobs.PosterPriority),
        Cpus = job.PAgendaCpus is > 0 ? Within(job.PAgendaCpus, "pAgendaCpus", 1, options.MaxInstances, 1) : Math.Min(posters.Agenda.Count, options.MaxInstances),
    };

    /// <summary>A list of names; frames among them are frames, so that a job type finds their numbers.</summary>
    private Items Listed(IReadOnlyList<WorkRequest> works)
    {
        var names = works.Select(work => work?.Name ?? "").ToList();
        var agenda = AreNumbers(names) && Agenda.Parse(string.Join(',', names), AgendaSplit.Frames, 1, AgendaOrder.Ascend, options.MaxAgendaItems).Agenda is { } frames && frames.Count == names.Count
            ? frames
            : Built(Agenda.Named(names, options.MaxAgendaItems));
        var packages = works.Select((work, at) => ReadPackage(work.Package, work.Data, $"agenda[{at}].package")).ToList();
        return new Items(
            agenda, packages.TrueForAll(package => package.IsEmpty) ? "" : ItemPackages.Pack([.. packages.Select(package => package.IsEmpty ? "" : package.Json)]).Save(),
            AreNumbers(names) ? Agenda.Join(names.Select(name => long.Parse(name, CultureInfo.InvariantCulture))) : "", RetriesOf(works));
    }

    /// <summary>An item as Qube prints it says -1 and 0 where it has nothing of its own.</summary>
    private string RetriesOf(IReadOnlyList<WorkRequest> works) => ItemRetries.Save(works.Select((work, at) =>
    {
        var retries = work?.Retry is >= 0 ? Within(work.Retry, $"agenda[{at}].retry", 0, 1_000_000, 0) : (int?)null;
        return (at, retries, work?.Retrydelay is > 0 ? Seconds(work.Retrydelay, $"agenda[{at}].retrydelay") : (int?)null);
    }));

    private static bool AreNumbers(List<string> names) => names.TrueForAll(name => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == name);

    private Package ReadPackage(IReadOnlyDictionary<string, JsonElement>? package, string? data, string what)
    {
        if (string.IsNullOrEmpty(data) && package is not { Count: > 0 })
        {
            return Package.Empty;
        }

        Dictionary<string, JsonElement> whole;
        try
        {
            whole = string.IsNullOrEmpty(data) ? [] : PackageText.Read(data);
        }
        catch (FormatException exception)
        {
            throw Refuse($"data of its {what} cannot be read", exception.Message);
        }

        foreach (var (key, value) in package ?? new Dictionary<string, JsonElement>())
        {
            whole[key] = value;
        }

        var read = Package.Of(whole);
        var longest = what.StartsWith("agenda", StringComparison.Ordinal) ? LongestItemPackage : LongestPackage;
        if (read.Json.Length > longest)
        {
            throw Refuse($"{what} takes {read.Json.Length >> 10} KiB, more than {longest >> 10}", "put large data into a file");
        }

        var wrong = new[] { Cmdline, "shell", "env_profile" }.FirstOrDefault(key => read.Text(key) is { } text && (text.Length > LongestCommand || text.Contains('\0', StringComparison.Ordinal)));
        return wrong is null ? read : throw Refuse($"{what}.{wrong} has a NUL character or is longer than {LongestCommand >> 10} KiB", "give plain, shorter text");
    }

    private Agenda Built(AgendaResult result) => result.Agenda ?? throw ApiRefusal.Bad($"{where}: {result.Refusal}");

    private AgendaOrder ReadOrder() => job.RangeOrder switch
    {
        null or "" or "ascend" => AgendaOrder.Ascend,
        "reverse" => AgendaOrder.Reverse,
        "binary" => AgendaOrder.Binary,
        _ => throw Refuse($"rangeOrder '{TargetText.Quote(job.RangeOrder)}' is not known", "use ascend, reverse or binary"),
    };
}
