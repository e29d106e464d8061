import RoostCore
import RoostNode

/// People who link a second device in the middle of a run. It is a person of its own here, with the first one's name.
extension Simulation {
    /// After so long somebody who has not heard that a device is linked tries again.
    private static let linkPatience = TimeSpan.seconds(16)

    /// The first device of the user whose device this is.
    func first(of index: Int) -> Int { people[index].first ?? index }

    /// The devices of a user, by the place of the first one, without those that are being taken out.
    func devices(of first: Int) -> [Int] {
        everyDevice(of: first).filter { people[$0].revocation == .none }
    }

    /// The devices that a user has or ever had, by the place of the first one.
    func everyDevice(of first: Int) -> [Int] { [first] + people[first].others }

    /// Some people are to link a second device.
    mutating func planDevices() {
        for index in people.indices.shuffled(using: &deviceRandom).prefix(options.devices) {
            let secret = (0..<AccessToken.secretBytes).map { _ in UInt8(truncatingIfNeeded: deviceRandom.next()) }
            let token = AccessToken(user: people[index].token.user, device: deviceRandom.next() | 1, secret: secret)
            people[index].linking = token
            let moment = deviceRandom.below(options.safetySeconds * 1000)
            agenda.add(.link(person: index), at: now + .milliseconds(UInt64(moment)))
        }
    }

    /// Asks some node for it, again and again until one says that it is done.
    mutating func link(_ index: Int) {
        guard let token = people[index].linking else { return }
        agenda.add(.link(person: index), at: now + Simulation.linkPatience)
        let device = Account.Device(id: token.device, secretHash: token.secretHash, addedAtMilliseconds: 2)
        let operation = accounts.plan(people[index].user, .putDevice(device))
        linkings[operation] = index
        beginAccountOperation(operation, at: deviceRandom.below(occupants.count))
    }

    /// An operation on an account was answered. If it was to link a device, that is owed from now on whatever is sent.
    mutating func linkAnswered(_ operation: Int, _ answer: AccountAnswer) {
        guard let first = linkings[operation], let token = people[first].linking, case .account(.some) = answer else {
            return
        }
        people[first].linking = nil
        let index = people.count
        var second = Person(
            index: index, user: people[first].user, device: token.device, token: token, window: people[first].window,
            left: options.messages / 2)
        second.first = first
        second.linkedAt = now
        // In a scenario it comes when it is told to.
        second.isResting = !cast.isEmpty
        second.knownFromConnection = 0
        for sender in people {
            for stream in sender.outbox where stream.to == first {
                second.owed[sender.streamKey] = stream.written + 1
            }
        }
        if let stream = people[first].outbox.first { second.outbox = [.init(to: stream.to)] }
        // What another device was owed before this one is not: copies for it begin anew.
        for stream in people[first].outbox.indices { people[first].outbox[stream].copiedFrom = nil }
        for device in people[first].others {
            for stream in people[device].outbox {
                second.owed[people[device].copyKey(to: people[stream.to].user)] = .max
            }
        }
        people[first].others.append(index)
        people[first].knownFromConnection = nextConnection + 1
        people.append(second)
        trace.note(
            now, .linked, UInt64(first), UInt64(index), saying: "\(second.name) has linked a second device, \(index)")
        // Long enough for the ones before it to store things without it, sometimes.
        agenda.add(.connect(person: index), at: now + .milliseconds(UInt64(deviceRandom.below(20_000))))
        agenda.add(.produce(person: index), at: now + .milliseconds(UInt64(deviceRandom.below(20_000))))
    }

    /// A person puts a message on a connection for the first time: if its node has to know of another device by then, that is owed
    /// a copy from here on.
    mutating func noteFirstWriting(_ index: Int, stream: Int, number: StreamNumber, connection: Int) {
        let outbox = people[index].outbox[stream]
        guard outbox.copiedFrom == nil, outbox.to != first(of: index), let known = people[index].knownFromConnection,
            connection >= known
        else { return }
        people[index].outbox[stream].copiedFrom = number
    }

    // MARK: Lost devices

    /// Asks some node to take a device out of its account, again and again until one says that it is done.
    mutating func revoke(_ index: Int) {
        guard people[index].revocation == .asked else { return }
        agenda.add(.revoke(person: index), at: now + Simulation.linkPatience)
        let operation = accounts.plan(people[index].user, .removeDevice(people[index].device))
        revocations[operation] = index
        beginAccountOperation(operation, at: deviceRandom.below(occupants.count))
    }

    /// An operation on an account was answered. If it was to take a device out, that gets in no more.
    mutating func revocationAnswered(_ operation: Int, _ answer: AccountAnswer) {
        guard let index = revocations[operation], people[index].revocation == .asked else { return }
        switch answer {
        case .account(.some), .refused(.unknownDevice): break
        case .account(.none), .refused, .unavailable, .outcomeUnknown: return
        }
        people[index].revocation = .done(afterConnection: nextConnection)
        people[index].left = 0
        for stream in people[index].outbox.indices {
            people[index].outbox[stream].produced = people[index].outbox[stream].sentUpTo
        }
        trace.note(now, .revoked, UInt64(index), saying: "\(people[index].name)'s device \(index) is out")
    }

    /// A device was let in. One that was out when it connected must not be.
    mutating func checkAdmission(of index: Int, connection: Int) {
        guard case .done(let last) = people[index].revocation, connection > last else { return }
        violate(.access, "\(people[index].name)'s device \(index) was taken out of the account, and let in")
    }

    // MARK: What is owed

    /// From which number on a stream is owed to a device; `nil` for nothing of it.
    func owed(_ key: StreamKey, to device: Int) -> StreamNumber? {
        if let sibling = copied(key, of: device) {
            return people[device].owed[key] ?? people[sibling.device].outbox[sibling.stream].copiedFrom
        }
        // What it has sent itself does not come back to it.
        guard !key.isCopy else { return nil }
        if people[device].first == nil { return 1 }
        return people.contains { $0.device == key.device } ? people[device].owed[key] ?? 1 : nil
    }

    /// Which stream of which other device of the same user this one gets copies of under a key.
    func copied(_ key: StreamKey, of device: Int) -> (device: Int, stream: Int)? {
        guard key.isCopy else { return nil }
        for sibling in everyDevice(of: first(of: device))
        where sibling != device && people[sibling].device == key.device {
            for (place, stream) in people[sibling].outbox.enumerated()
            where people[sibling].copyKey(to: people[stream.to].user) == key {
                return (sibling, place)
            }
        }
        return nil
    }

    /// Whether a device needs a number no more: it has stored it, or it was never owed to it.
    func isDone(_ key: StreamKey, _ number: StreamNumber, device: Int) -> Bool {
        let stored = people[device].watermarks[key] ?? 0
        return stored >= number || owed(key, to: device).map { number < $0 } ?? true
            || reach(stored, key, on: device) >= number
    }

    /// Up to where every device of a user needs nothing of a stream any more.
    func doneUpTo(_ key: StreamKey, reader: Int) -> StreamNumber {
        devices(of: reader).map { device in
            reach(
                max(people[device].watermarks[key] ?? 0, (owed(key, to: device) ?? .max) - 1), key, on: device)
        }.min() ?? 0
    }

    /// What some device has not got of what it is owed; `nil` when all have all.
    var missingOnDevice: String? {
        for person in people {
            for stream in person.outbox {
                for device in devices(of: stream.to) where people[device].first != nil {
                    guard !isDone(person.streamKey, stream.sentUpTo, device: device) else { continue }
                    return "\(person.name)'s device \(device) lacks \(stream.sentUpTo) of \(person.name)"
                }
                let key = person.copyKey(to: people[stream.to].user)
                for sibling in devices(of: first(of: person.index)) where sibling != person.index {
                    guard stream.copiedFrom != nil, !isDone(key, stream.sentUpTo, device: sibling) else { continue }
                    return "\(person.name)'s device \(sibling) lacks the copy of \(stream.sentUpTo) of \(person.index)"
                }
            }
        }
        return people.contains { $0.linking != nil } ? "somebody could not link a device" : nil
    }
}

extension Person {
    /// The stream on which others get what the person sends.
    var streamKey: StreamKey { StreamKey(device: device, stream: Person.streamNumber) }

    /// The stream on which its user's other devices get what it sends to somebody.
    func copyKey(to recipient: Address) -> StreamKey {
        .copy(of: device, to: recipient, stream: Person.streamNumber)
    }
}
