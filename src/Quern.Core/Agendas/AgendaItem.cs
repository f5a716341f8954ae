namespace Quern.Core.Agendas;

/// <summary>One entry of an agenda as its job type sees it. For a named item <see cref="IsFrame"/> is false and the numbers are 0.</summary>
public readonly record struct AgendaItem(string Name, bool IsFrame, long Start, long End, long Step);

/// <summary>How numbers become items.</summary>
public enum AgendaSplit { Frames, Chunks, Partitions }

public enum AgendaOrder { Ascend, Reverse, Binary }
