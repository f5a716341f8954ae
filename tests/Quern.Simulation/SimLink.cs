namespace Quern.Simulation;

/// <summary>
/// One connection: two ordered streams of messages as bytes. It may be cut: what is under way is lost, each direction at its own moment, and each
/// end learns of it at its own. While it lives a message may arrive twice.
/// </summary>
internal sealed class SimLink(World world, string name)
{
    private readonly Direction _toServer = new();
    private readonly Direction _toClient = new();
    private bool _isCut;
    private bool _serverKnows;
    private bool _clientKnows;

    public string Name => name;
    public Action<byte[]> ServerHears { get; set; } = _ => { };
    public Action<byte[]> ClientHears { get; set; } = _ => { };
    public Action ServerClosed { get; set; } = () => { };
    public Action ClientClosed { get; set; } = () => { };

    public void SendToServer(byte[] message) => Send(_toServer, message, bytes => ServerHears(bytes), () => _serverKnows);

    public void SendToClient(byte[] message) => Send(_toClient, message, bytes => ClientHears(bytes), () => _clientKnows);

    /// <summary>The connection breaks between the ends.</summary>
    /// <param name="notice">Longest time an end may take to notice.</param>
    public void Cut(int notice)
    {
        if (_isCut)
        {
            return;
        }

        _isCut = true;
        world.After(0, 100, () => _toServer.IsDark = true);
        world.After(0, 100, () => _toClient.IsDark = true);
        world.After(100, 101 + notice, () => Tell(ref _serverKnows, ServerClosed));
        world.After(100, 101 + notice, () => Tell(ref _clientKnows, ClientClosed));
    }

    /// <summary>The client's program closes it, or dies; the server notices after <paramref name="notice"/> at most.</summary>
    public void ClientLeaves(int notice)
    {
        _clientKnows = true;
        _toClient.IsDark = true;
        _isCut = true;
        world.After(1, 1 + notice, () => Tell(ref _serverKnows, ServerClosed));
        world.After(0, 1 + notice, () => _toServer.IsDark = true);
    }

    public void ServerLeaves(int notice)
    {
        _serverKnows = true;
        _toServer.IsDark = true;
        _isCut = true;
        world.After(1, 1 + notice, () => Tell(ref _clientKnows, ClientClosed));
        world.After(0, 1 + notice, () => _toClient.IsDark = true);
    }

    private static void Tell(ref bool knows, Action closed)
    {
        if (!knows)
        {
            knows = true;
            closed();
        }
    }

    private void Send(Direction direction, byte[] message, Action<byte[]> hear, Func<bool> isClosed)
    {
        if (direction.IsDark)
        {
            return;
        }

        var delay = world.IsFaulty && world.Dice.Chance(3) ? world.Dice.Between(50, 3000) : world.Dice.Between(0, 4);
        direction.Last = Math.Max(direction.Last, world.Time + delay);
        var isTwice = world.IsFaulty && world.Dice.Chance(3);
        world.After(direction.Last - world.Time, () =>
        {
            for (var times = isTwice ? 2 : 1; times > 0 && !direction.IsDark && !isClosed(); times--)
            {
                hear(message);
            }
        });
    }

    private sealed class Direction
    {
        public bool IsDark { get; set; }
        public long Last { get; set; }
    }
}
