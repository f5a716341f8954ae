using System.Reflection;
using System.Runtime.Loader;
using Quern.Configuration;
using Quern.Policies;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Policies;

/// <summary>
/// Loads a site's policy: <c>FILE.dll</c>, or <c>FILE.dll:TYPE</c> where the assembly has several. It becomes part of the supervisor, so nobody but root and the supervisor's own
/// account may be able to write it. The assembly brings what it needs along; Quern.Policies is the supervisor's own.
/// </summary>
internal static class PolicyLoader
{
    private const UnixFileMode OfOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <exception cref="ConfigurationException">It cannot be used: one sentence.</exception>
    public static T Load<T>(string library)
        where T : class
    {
        var (path, name) = Split(library);
        if (!Path.IsPathRooted(path) || !File.Exists(path))
        {
            throw new ConfigurationException($"the policy '{SettingDefinition.Quote(path)}' is not there: name the assembly by its whole path, as in /etc/quern/site.dll");
        }

        if (WhoElseWrites(path) is { } place)
        {
            throw new ConfigurationException($"the policy {path} is not loaded: others than its owner may write {place}; chmod go-w {place}");
        }

        if (!OperatingSystem.IsWindows() && WhoElseOwns(path, AccountNames.OwnUid()) is { } other)
        {
            throw new ConfigurationException($"the policy {path} is not loaded: {other.Place} belongs to uid {other.Uid}, which is neither root nor this supervisor's account; chown root {other.Place}");
        }

        try
        {
            var assembly = new PolicyContext(path).LoadFromAssemblyPath(path);
            return (T)Activator.CreateInstance(TypeIn<T>(assembly, path, name))!;
        }
        catch (Exception failure) when (failure is not ConfigurationException)
        {
            // Whatever a stranger's assembly throws when it is opened and its constructor runs.
            var cause = failure is TargetInvocationException { InnerException: { } inner } ? inner : failure;
            throw new ConfigurationException($"the policy {path} cannot be loaded: {SettingDefinition.Quote(cause.Message)}; build it for .NET 10 against the Quern.Policies of this supervisor");
        }
    }

    private static (string Path, string? Type) Split(string library)
    {
        var colon = library.LastIndexOf(".dll:", StringComparison.OrdinalIgnoreCase);
        return colon < 0 ? (library, null) : (library[..(colon + 4)], library[(colon + 5)..]);
    }

    private static Type TypeIn<T>(Assembly assembly, string path, string? name)
    {
        var found = assembly.GetExportedTypes().Where(type => typeof(T).IsAssignableFrom(type) && !type.IsAbstract && (name is null || type.FullName == name || type.Name == name)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new ConfigurationException($"the policy {path} has no public class {(name is null ? "" : $"'{SettingDefinition.Quote(name)}' ")}that derives from {typeof(T).Name}"),
            _ => throw new ConfigurationException($"the policy {path} has several: name one, as in {path}:{found[0].Name}; there are {string.Join(", ", found.Select(type => type.Name))}"),
        };
    }

    private static string? WhoElseWrites(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        foreach (var place in new[] { path, Path.GetDirectoryName(path)! })
        {
            if ((File.GetUnixFileMode(place) & OfOthers) != 0)
            {
                return place;
            }
        }

        return null;
    }

    /// <summary>The assembly or its folder, when it is neither root's nor <paramref name="own"/>'s; whoever owns it can write it whatever its mode is.</summary>
    internal static (string Place, uint Uid)? WhoElseOwns(string path, uint own)
    {
        foreach (var place in new[] { path, Path.GetDirectoryName(path)! })
        {
            if (FileOwners.UidOf(place) is var uid && uid != 0 && uid != own)
            {
                return (place, uid);
            }
        }

        return null;
    }

    private sealed class PolicyContext(string path) : AssemblyLoadContext($"policy {path}", isCollectible: true)
    {
        private readonly AssemblyDependencyResolver resolver = new(path);

        protected override Assembly? Load(AssemblyName name)
            => name.Name == typeof(QueuePolicy).Assembly.GetName().Name || resolver.ResolveAssemblyToPath(name) is not { } found ? null : LoadFromAssemblyPath(found);
    }
}
