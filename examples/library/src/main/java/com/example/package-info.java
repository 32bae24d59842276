/** What a program that scores with Percept looks like; docs/library.md explains it. */
package com.example;
