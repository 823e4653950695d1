/**
 * What the map draws. The view makes these from an answer of the API; nothing here knows the API.
 *
 * @typedef {object} GraphNode
 * @property {string} id
 * @property {string} label   Label of the entity: person, organization, work, opportunity.
 * @property {string} text    Name shown (an alias where the viewer asked for aliases).
 * @property {string} [sub]   Second line, shown where there is room.
 * @property {number} radius  At zoom 1 [CSS px].
 * @property {string} color   Any CSS colour; see --series-0 and on in style/base.css.
 * @property {"circle" | "square" | "diamond"} shape
 * @property {string} [ring]  Colour of a ring around the node: a role, the centre, a path.
 * @property {boolean} [faded]
 * @property {"new" | "gone"} [change]
 * @property {string | number} [group]  Members of one group are laid out together.
 *
 * @typedef {object} GraphEdge
 * @property {string} a
 * @property {string} b
 * @property {number} width   At zoom 1 [CSS px]; opacity follows it, so weak ties stay in the background.
 * @property {string} color
 * @property {boolean} [dash] A fact, not a tie.
 * @property {boolean} directed  Arrow at b.
 * @property {"new" | "gone" | "stronger" | "weaker"} [change]
 * @property {boolean} [strong]  Always drawn at full strength: the hops of a path.
 *
 * @typedef {{nodes: GraphNode[], edges: GraphEdge[]}} Graph
 *
 * @typedef {object} Layout
 * @property {number} seed
 * @property {Map<string, [number, number]>} positions  World coordinates; nodes without one are laid out.
 * @property {Set<string>} pinned
 *
 * What is said to people who do not see the picture; the view gives these in their language.
 * @typedef {object} MapTexts
 * @property {string} label                       Name of the map.
 * @property {string} help                        How the keys work.
 * @property {string} role                        What the element is, in one or two words.
 * @property {(node: GraphNode, degree: number) => string} node  The node now under the keyboard.
 * @property {(from: GraphNode) => string} none   No neighbour that way.
 * @property {(node: GraphNode, on: boolean) => string} selected
 * @property {(node: GraphNode, on: boolean) => string} pinned
 * @property {(node: GraphNode) => string} hidden
 * @property {(nodes: number, edges: number) => string} laid  The layout has come to rest.
 *
 * Colours read from CSS custom properties.
 * @typedef {object} Theme
 * @property {string} ground
 * @property {string} label
 * @property {string} quiet
 * @property {string} edge
 * @property {string} focus
 * @property {string} select
 * @property {string} added
 * @property {string} gone
 * @property {string} font
 * @property {boolean} dark
 *
 * Where the camera looks: the world point at the middle of the picture, and CSS px per world unit.
 * @typedef {{x: number, y: number, k: number, width: number, height: number}} View
 */

export {};
