import RoostCore

/// What a scenario waits for or expects.
enum Condition: Equatable, Sendable {
    /// All that somebody has to say is `sent`.
    case sent(Role)
    /// A device has stored so many messages of another.
    case heard(Role, Int, from: Role)
    /// Somebody was told that so many of its messages to somebody are delivered.
    case delivered(Int, of: Role, to: Role)
    /// Somebody was told that so many of its messages are read by somebody.
    case read(Int, of: Role, by: Role)
    /// Somebody was told of all its messages to somebody that have a lifetime that they ended undelivered.
    case toldOfEnds(Role, for: Role)
    /// Somebody has another device.
    case linked(Role)
    /// A device is out of its account, and no node has a session with it.
    case out(Role)
    /// Some node keeps at least so many messages.
    case kept(Int)
    /// No node keeps anything.
    case nothingKept
    /// A group is made.
    case made(GroupRole)
    /// A change of a group's list was made.
    case changed(AskedChange)
    /// A change of a group's list was refused.
    case refused(AskedChange)
    /// It is known what has become of a change.
    case answered(AskedChange)
    /// Somebody has so many messages of somebody out of a group.
    case heardInGroup(Role, Int, from: Role, GroupRole)
    /// Somebody was told of a change of a group.
    case toldOf(AskedChange, Role)
    /// Somebody was told that it is not in a group.
    case shutOut(Role, GroupRole)
    /// Either is so and the other is not.
    indirect case oneOf(Condition, Condition)
}
