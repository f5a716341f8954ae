using Quern.Core.Resources;

namespace Quern.Core.Expressions;

/// <summary>How an instance wants its slots.</summary>
public enum SlotKind
{
    /// <summary><c>N</c>.</summary>
    Exact,

    /// <summary><c>N+</c>: all that are free on a host with at least so many.</summary>
    AllFree,

    /// <summary><c>N*</c>, <c>all</c>: all of a host that runs nothing and has at least so many.</summary>
    WholeHost,

    /// <summary><c>N-M</c>: the least to start with, growing to the most as slots get free.</summary>
    Growing,
}

/// <param name="Maximum">As many as <paramref name="Minimum"/> for <see cref="SlotKind.Exact"/>, without limit for those that take what is there.</param>
public readonly record struct SlotDemand(SlotKind Kind, int Minimum, int Maximum);

/// <param name="Name">Without its class, in lower case.</param>
public readonly record struct ResourceDemand(ResourceClass Class, string Name, int Amount)
{
    internal ResourceName Resource { get; } = new(Class, Name);

    /// <summary>Under which a host counts who holds what is taken once for it.</summary>
    internal string HeldName { get; } = new ResourceName(Class, Name).ToString();

    public override string ToString() => $"{HeldName}={Amount}";
}

/// <summary>
/// What each instance of a job takes: slots, and resources of its host, of the farm and of licences. Every instance takes at least one slot, also
/// where the text names none. A value. Source: reference, qube-jobs 11.2.
/// </summary>
public sealed class ReservationList
{
    private static readonly SlotDemand OneSlot = new(SlotKind.Exact, 1, 1);

    internal ReservationList(SlotDemand? slots, IReadOnlyList<ResourceDemand> others)
    {
        Slots = slots ?? OneSlot;
        Others = others;
        Text = string.Join(',', others.Select(other => other.ToString()).Prepend($"{SlotsName}={Print(Slots)}"));
    }

    /// <summary><c>host.processors=1</c>.</summary>
    public static ReservationList Default { get; } = new(null, []);

    internal const string SlotsName = "host.processors";

    /// <summary>Slots first, then the others in the order they were written.</summary>
    public string Text { get; }

    public SlotDemand Slots { get; }

    /// <summary>Everything but slots.</summary>
    public IReadOnlyList<ResourceDemand> Others { get; }

    public static ReservationList OfSlots(int slots) => new(new SlotDemand(SlotKind.Exact, slots, slots), []);

    /// <summary>The same with so many slots.</summary>
    public ReservationList WithSlots(int slots) => new(new SlotDemand(SlotKind.Exact, slots, slots), Others);

    /// <returns>Null and the sentence that says where and what is wrong; or the list.</returns>
    public static ReservationList? Parse(string text, out string? refusal) => ReservationGrammar.Read(text, out refusal);

    public override string ToString() => Text;

    private static string Print(SlotDemand slots) => slots.Kind switch
    {
        SlotKind.Exact => $"{slots.Minimum}",
        SlotKind.AllFree => $"{slots.Minimum}+",
        SlotKind.WholeHost => $"{slots.Minimum}*",
        SlotKind.Growing => $"{slots.Minimum}-{slots.Maximum}",
    };
}
