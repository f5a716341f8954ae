using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Control;

/// <summary>The launch as bytes: to the proxy, and in the run's folder for a later worker. The version comes first; an unknown one is not read.</summary>
internal static class LaunchCodec
{
    internal const int Version = 6;
    internal const int MaxLength = 4 * 1024 * 1024;
    internal const int SecretLength = 32;
    private const int SmallestItem = 4 + 4 + 4 + 1 + 24;

    internal static void Write(WireWriter writer, LaunchEnvelope envelope)
    {
        writer.Int(Version);
        WriteAccount(writer, envelope.Account);
        writer.Bytes(envelope.Secret);
        writer.Text(envelope.KnockPath);
        writer.Text(envelope.CgroupPath);
        writer.Text(envelope.Marker);
        WriteGuard(writer, envelope.Guard);
        writer.Text(envelope.TemporaryFolder);
        WriteList(writer, envelope.LimitGroups);
        WriteLaunch(writer, envelope.Launch);
    }

    /// <summary>Null when the bytes are not a launch of this version.</summary>
    internal static LaunchEnvelope? Read(ReadOnlySpan<byte> data)
    {
        var reader = new WireReader(data);
        if (reader.Int() != Version)
        {
            return null;
        }

        var account = ReadAccount(ref reader);
        var secret = reader.Bytes().ToArray();
        var knock = reader.Text();
        var cgroup = reader.Text();
        var marker = reader.Text();
        var guard = ReadGuard(ref reader);
        var temporary = reader.Text();
        var limits = ReadList(ref reader);
        var launch = ReadLaunch(ref reader);
        return reader.IsWhole && secret.Length == SecretLength ? new LaunchEnvelope(launch, account, secret, knock, cgroup, marker, guard, temporary, limits) : null;
    }

    internal static void WriteItems(WireWriter writer, IReadOnlyCollection<ItemLease> items)
    {
        writer.Int(items.Count);
        foreach (var item in items)
        {
            writer.Int(item.Item);
            writer.Int(item.Attempt);
            writer.Text(item.Name);
            writer.Bool(item.IsFrame);
            writer.Long(item.Start);
            writer.Long(item.End);
            writer.Long(item.Step);
        }
    }

    internal static ItemLease[] ReadItems(ref WireReader reader)
    {
        var items = new ItemLease[reader.Count(SmallestItem)];
        for (var i = 0; i < items.Length; i++)
        {
            // Arguments are evaluated from left to right, which is the order of the bytes.
            items[i] = new ItemLease(reader.Int(), reader.Int(), reader.Text(), reader.Bool(), reader.Long(), reader.Long(), reader.Long());
        }

        return items;
    }

    /// <summary>The packages of items that <see cref="WriteItems"/> wrote, for <see cref="ReadPackaged"/>.</summary>
    internal static void WritePackages(WireWriter writer, IReadOnlyCollection<ItemLease> items)
    {
        var packaged = items.Index().Where(item => item.Item.Package.Length > 0).ToList();
        writer.Int(packaged.Count);
        foreach (var (at, item) in packaged)
        {
            writer.Int(at);
            writer.Text(item.Package);
        }
    }

    internal static ItemLease[] ReadPackaged(ref WireReader reader)
    {
        var items = ReadItems(ref reader);
        for (var left = reader.Count(8); left > 0 && !reader.IsBad; left--)
        {
            var (at, package) = (reader.Int(), reader.Text());
            if (at >= 0 && at < items.Length)
            {
                items[at] = items[at] with { Package = package };
            }
        }

        return items;
    }

    internal static void WriteKey(WireWriter writer, RunKey key)
    {
        writer.Long(key.Job);
        writer.Int(key.Sub);
        writer.Int(key.Run);
    }

    internal static RunKey ReadKey(ref WireReader reader) => new(reader.Long(), reader.Int(), reader.Int());

    private static void WriteAccount(WireWriter writer, Account account)
    {
        writer.Text(account.Name);
        writer.UInt(account.Uid);
        writer.UInt(account.Gid);
        writer.Int(account.Groups.Count);
        foreach (var group in account.Groups)
        {
            writer.UInt(group);
        }

        writer.Text(account.Home);
        writer.Text(account.Shell);
    }

    private static Account ReadAccount(ref WireReader reader)
    {
        var name = reader.Text();
        var uid = reader.UInt();
        var gid = reader.UInt();
        var groups = new uint[reader.Count(4)];
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = reader.UInt();
        }

        return new Account(name, uid, gid, groups, reader.Text(), reader.Text());
    }

    private static void WriteGuard(WireWriter writer, LaunchGuard guard)
    {
        writer.UInt(guard.MinUid);
        writer.Bool(guard.AllowsSetuid);
        writer.Bool(guard.RequiresHome);
        writer.Int(guard.DeniedGroups.Count);
        foreach (var group in guard.DeniedGroups)
        {
            writer.UInt(group);
        }
    }

    private static LaunchGuard ReadGuard(ref WireReader reader)
    {
        var (minUid, allowsSetuid, requiresHome) = (reader.UInt(), reader.Bool(), reader.Bool());
        var groups = new uint[reader.Count(4)];
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = reader.UInt();
        }

        return new LaunchGuard(minUid, groups, allowsSetuid, requiresHome);
    }

    private static void WriteLaunch(WireWriter writer, Launch launch)
    {
        WriteKey(writer, launch.Key);
        writer.Text(launch.Account);
        writer.Text(launch.Submitter);
        writer.Bool(launch.IsProxyAccount);
        writer.Bool(launch.IsSlotAccount);
        writer.Bool(launch.IsDesktop);
        writer.Text(launch.JobName);
        writer.Text(launch.JobType);
        writer.Text(launch.Command);
        writer.Text(launch.Shell);
        WriteMap(writer, launch.Environment);
        WriteMap(writer, launch.FarmEnvironment);
        WriteMap(writer, launch.WorkerEnvironment);
        writer.Bool(launch.IsEnvironmentExported);
        writer.Text(launch.TemporaryRoot);
        writer.Bool(launch.IsLogin);
        writer.Text(launch.ProfilePath);
        writer.Text(launch.VirtualScreen);
        WriteMap(writer, launch.Drives);
        writer.Text(launch.WorkingDirectory);
        writer.Int(launch.Umask);
        writer.Int(launch.NiceValue);
        writer.Bool(launch.HasAgenda);
        writer.Int(launch.Padding);
        writer.Text(launch.Range);
        writer.Int(launch.TimeLimitSeconds);
        writer.Int(launch.ItemTimeLimitSeconds);
        writer.Int(launch.KillGraceSeconds);
        writer.Int(launch.ReadoptSeconds);
        WriteChecks(writer, launch.Checks);
        WriteReading(writer, launch.Reading);
        WriteApplication(writer, launch.Application);
        WriteItems(writer, launch.Items);
        WritePackages(writer, launch.Items);
    }

    // Object initializers run in the order they are written, which is the order of the bytes.
    private static Launch ReadLaunch(ref WireReader reader) => new()
    {
        Key = ReadKey(ref reader),
        Account = reader.Text(),
        Submitter = reader.Text(),
        IsProxyAccount = reader.Bool(),
        IsSlotAccount = reader.Bool(),
        IsDesktop = reader.Bool(),
        JobName = reader.Text(),
        JobType = reader.Text(),
        Command = reader.Text(),
        Shell = reader.Text(),
        Environment = ReadMap(ref reader),
        FarmEnvironment = ReadMap(ref reader),
        WorkerEnvironment = ReadMap(ref reader),
        IsEnvironmentExported = reader.Bool(),
        TemporaryRoot = reader.Text(),
        IsLogin = reader.Bool(),
        ProfilePath = reader.Text(),
        VirtualScreen = reader.Text(),
        Drives = ReadMap(ref reader),
        WorkingDirectory = reader.Text(),
        Umask = reader.Int(),
        NiceValue = reader.Int(),
        HasAgenda = reader.Bool(),
        Padding = reader.Int(),
        Range = reader.Text(),
        TimeLimitSeconds = reader.Int(),
        ItemTimeLimitSeconds = reader.Int(),
        KillGraceSeconds = reader.Int(),
        ReadoptSeconds = reader.Int(),
        Checks = ReadChecks(ref reader),
        Reading = ReadReading(ref reader),
        Application = ReadApplication(ref reader),
        Items = ReadPackaged(ref reader),
    };

    private static void WriteApplication(WireWriter writer, ApplicationPlan? plan)
    {
        writer.Bool(plan is not null);
        if (plan is null)
        {
            return;
        }

        writer.Text(plan.Folder);
        WriteList(writer, plan.Words);
        writer.Bool(plan.IsPython);
        writer.Bool(plan.IsStandard);
        WriteMap(writer, plan.Environment);
        writer.Text(plan.ModuleFolder);
        WriteList(writer, plan.TypeFolders);
        writer.Text(plan.Job);
        writer.Text(plan.Package);
        WriteList(writer, [.. plan.PathMap.Select(pair => pair.Key)]);
        WriteList(writer, [.. plan.PathMap.Select(pair => pair.Value)]);
    }

    private static ApplicationPlan? ReadApplication(ref WireReader reader) => !reader.Bool() ? null : new ApplicationPlan
    {
        Folder = reader.Text(),
        Words = ReadList(ref reader),
        IsPython = reader.Bool(),
        IsStandard = reader.Bool(),
        Environment = ReadMap(ref reader),
        ModuleFolder = reader.Text(),
        TypeFolders = ReadList(ref reader),
        Job = reader.Text(),
        Package = reader.Text(),
        PathMap = [.. ReadList(ref reader).Zip(ReadList(ref reader), KeyValuePair.Create)],
    };

    private static void WriteChecks(WireWriter writer, FlightChecks checks)
    {
        writer.Text(checks.Folder);
        WriteList(writer, checks.InstancePre);
        WriteList(writer, checks.InstancePost);
        WriteList(writer, checks.AgendaPre);
        WriteList(writer, checks.AgendaPost);
        writer.Int(checks.TimeLimitSeconds);
        writer.Int(checks.BlameExitCode);
        writer.Int(checks.BlameSeconds);
    }

    private static FlightChecks ReadChecks(ref WireReader reader) => new()
    {
        Folder = reader.Text(),
        InstancePre = ReadList(ref reader),
        InstancePost = ReadList(ref reader),
        AgendaPre = ReadList(ref reader),
        AgendaPost = ReadList(ref reader),
        TimeLimitSeconds = reader.Int(),
        BlameExitCode = reader.Int(),
        BlameSeconds = reader.Int(),
    };

    private static void WriteReading(WireWriter writer, OutputReading reading)
    {
        WriteList(writer, reading.Folders);
        WriteList(writer, reading.Names);
        WriteMap(writer, reading.Patterns);
        writer.Int(reading.LicenceExitCodes.Count);
        foreach (var code in reading.LicenceExitCodes)
        {
            writer.Int(code);
        }

        writer.Int(reading.LicenceSeconds);
        writer.Bool(reading.RequiresPaths);
        writer.Long(reading.LeastBytes);
        writer.Bool(reading.ChecksPictures);
        writer.Bool(reading.MergesErrors);
    }

    private static OutputReading ReadReading(ref WireReader reader) => new()
    {
        Folders = ReadList(ref reader),
        Names = ReadList(ref reader),
        Patterns = ReadMap(ref reader),
        LicenceExitCodes = ReadNumbers(ref reader),
        LicenceSeconds = reader.Int(),
        RequiresPaths = reader.Bool(),
        LeastBytes = reader.Long(),
        ChecksPictures = reader.Bool(),
        MergesErrors = reader.Bool(),
    };

    private static int[] ReadNumbers(ref WireReader reader)
    {
        var numbers = new int[reader.Count(4)];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.Int();
        }

        return numbers;
    }

    private static void WriteList(WireWriter writer, IReadOnlyList<string> texts)
    {
        writer.Int(texts.Count);
        foreach (var text in texts)
        {
            writer.Text(text);
        }
    }

    private static string[] ReadList(ref WireReader reader)
    {
        var texts = new string[reader.Count(4)];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = reader.Text();
        }

        return texts;
    }

    private static void WriteMap(WireWriter writer, IReadOnlyDictionary<string, string> map)
    {
        writer.Int(map.Count);
        foreach (var (name, value) in map)
        {
            writer.Text(name);
            writer.Text(value);
        }
    }

    private static Dictionary<string, string> ReadMap(ref WireReader reader)
    {
        var count = reader.Count(8);
        var map = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = reader.Text();
            map[name] = reader.Text();
        }

        return map;
    }
}
